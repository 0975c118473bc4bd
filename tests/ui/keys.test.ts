/** Keys act on the page, but never under a person's typing, and space never twice. */
import { expect, it } from 'vitest'
import type { Action } from '../../src/state/actions'
import { actionOf, keyNames, type KeyPress } from '../../src/ui/shell/keys'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...more,
})
const action = (keys: string | null, enabled = true): Action => ({
  id: `test.${keys ?? 'none'}`,
  title: 'run.start',
  group: 'run',
  keys,
  enabled: () => enabled,
  run: () => undefined,
})
const actions = [action(' '), action('s'), action('?'), action('mod+z'), action('mod+shift+z'), action('mod+k')]
const byKeys = (keys: string) => actions.find((one) => one.keys === keys)
const nowhere = () => false
const on = (tag: string) => (selector: string) => selector.split(', ').includes(tag)
const find = (pressed: KeyPress, inside: (selector: string) => boolean = nowhere) => actionOf(pressed, inside, actions)

it('every key has its action, capitals and shifted signs too', () => {
  expect(find(press(' '))).toBe(byKeys(' '))
  expect(find(press('s'))).toBe(byKeys('s'))
  expect(find(press('S', { shiftKey: true }))).toBe(byKeys('s'))
  expect(find(press('?', { shiftKey: true }))).toBe(byKeys('?'))
  expect(find(press('?'))).toBe(byKeys('?'))
  expect(find(press('q'))).toBeUndefined()
})

it('tells modifiers apart, on any system', () => {
  expect(find(press('z', { ctrlKey: true }))).toBe(byKeys('mod+z'))
  expect(find(press('Z', { metaKey: true, shiftKey: true }))).toBe(byKeys('mod+shift+z'))
  expect(find(press('s', { ctrlKey: true }))).toBeUndefined()
  expect(find(press('z'))).toBeUndefined()
})

it('is silent under alt, repeats and typing, and where there is nothing to do', () => {
  expect(find(press('s', { altKey: true }))).toBeUndefined()
  expect(find(press('s', { repeat: true }))).toBeUndefined()
  for (const { keys } of actions.filter((one) => one.keys !== 'mod+k'))
    expect(find(press(keys!.at(-1)!, { ctrlKey: keys!.startsWith('mod+') }), on('textarea'))).toBeUndefined()
  expect(actionOf(press('s'), nowhere, [action('s', false)])).toBeUndefined()
})

it('leaves space to a focused button, but not letters; the palette opens from a text field, not over a dialog', () => {
  expect(find(press(' '), on('button'))).toBeUndefined()
  expect(find(press('s'), on('button'))).toBe(byKeys('s'))
  expect(find(press('k', { ctrlKey: true }), on('textarea'))).toBe(byKeys('mod+k'))
  expect(find(press('k', { ctrlKey: true }), on('[role=dialog]'))).toBeUndefined()
})

it('prints keys', () => {
  expect(keyNames(' ', 'space')).toEqual(['space'])
  expect(keyNames('mod+shift+z', 'space').slice(1)).toEqual(['Shift', 'Z'])
})
