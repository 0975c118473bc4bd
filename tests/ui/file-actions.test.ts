/** Files in and out by name: what can be done when, and every file of a run can be asked for from the palette. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadLanguage } from '../../src/i18n/languages'
import { actionsStore, perform, titleOf } from '../../src/state/actions'
import { initialKeptRuns, keptRunsStore } from '../../src/state/kept-runs'
import { portableStore, initialPortable } from '../../src/state/portable'
import { initialOpenRun, openRunStore } from '../../src/state/runs'
import { sessionStore } from '../../src/state/session'
import { provideFileActions } from '../../src/ui/shell/file-actions'
import { sampleRecord } from '../records/sample-run'

let remove: () => void
beforeEach(() => {
  remove = provideFileActions()
  sessionStore.setState({ phase: 'ready' })
  keptRunsStore.setState(initialKeptRuns)
})
afterEach(() => {
  remove()
  portableStore.setState(initialPortable)
  openRunStore.setState(initialOpenRun)
})

const action = (id: string) => actionsStore.getState().actions.find((one) => one.id === id)!

it('nothing is taken along before there is a run, and of one that was not measured no accuracies', () => {
  expect(perform('files.export')).toBe(false)
  openRunStore.setState({ record: { ...sampleRecord('a'), outcome: null } })
  expect(action('files.export.accuracy.svg').enabled()).toBe(false)
  expect(action('files.export.arrangement.json').enabled()).toBe(true)
  expect(perform('files.export')).toBe(true)
  expect(portableStore.getState().exporting?.id).toBe('a')
})

it('one file at a time', () => {
  openRunStore.setState({ record: sampleRecord('a') })
  portableStore.setState({ busy: 'import' })
  expect(perform('files.export')).toBe(false)
  expect(perform('files.import')).toBe(false)
})

it('each has a name of its own, in every language', async () => {
  for (const language of ['en', 'zh'] as const) {
    await loadLanguage(language)
    const titles = actionsStore.getState().actions.map(titleOf)
    expect(new Set(titles).size).toBe(titles.length)
    expect(titles.filter((title) => title.includes('{'))).toEqual([])
  }
  await loadLanguage('en')
  expect(titleOf(action('files.export.signed.png'))).toBe('Export the border: Picture, signed (.png)')
})
