/** Keys act on the page, but never under a person's typing, and space never twice. */
import { expect, it } from 'vitest'
import { shortcutOf, shortcuts, type KeyPress } from '../../src/ui/run/shortcuts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
})
const nowhere = () => false
const on = (tag: string) => (selector: string) => selector.split(', ').includes(tag)

it('every key has its action, capitals too', () => {
  for (const key of Object.keys(shortcuts)) expect(shortcutOf(press(key), nowhere)).toBe(shortcuts[key])
  expect(shortcutOf(press('S'), nowhere)).toBe(shortcuts.s)
  expect(shortcutOf(press('q'), nowhere)).toBeUndefined()
})

it('is silent under modifiers, repeats and typing', () => {
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])
    expect(shortcutOf(press('s', more), nowhere)).toBeUndefined()
  for (const key of Object.keys(shortcuts)) expect(shortcutOf(press(key), on('textarea'))).toBeUndefined()
})

it('leaves space to a focused button, but not letters', () => {
  expect(shortcutOf(press(' '), on('button'))).toBeUndefined()
  expect(shortcutOf(press('s'), on('button'))).toBe(shortcuts.s)
})
