/** Settings between visits: one versioned value, checked as it is read; a browser that refuses its storage breaks nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { rememberedAddress, rememberedText, rememberText } from '../../src/state/remembered'
import { chooseRecipe, initialRun, runStore, setOverride, setSeed, setSteps } from '../../src/state/run'
import { followSettings, recallSettings } from '../../src/state/settings'
import { initialView, setDisplay, setStrength, viewStore } from '../../src/state/view'

let kept: Map<string, string>
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
}

const reset = () => {
  runStore.setState(initialRun, true)
  viewStore.setState(initialView, true)
}

beforeEach(() => {
  kept = new Map()
  reset()
  vi.stubGlobal('localStorage', storage)
})
afterEach(() => {
  vi.unstubAllGlobals()
  reset()
})

function change(): void {
  const stop = followSettings()
  chooseRecipe('paper')
  setSeed(7)
  setOverride('learningRate', 0.5)
  setOverride('init', 'normal')
  setSteps(9)
  setDisplay('magnitude')
  setStrength(0.25)
  stop()
  reset()
}

describe('settings', () => {
  it('come back at the next visit, from one versioned value', () => {
    change()
    recallSettings()
    expect(runStore.getState()).toMatchObject({ recipeName: 'paper', seed: 7 })
    // The steps belong to a task.
    expect(runStore.getState().overrides).toEqual({ learningRate: 0.5, init: 'normal' })
    expect(viewStore.getState()).toMatchObject({ display: 'magnitude', strength: 0.25 })
    expect([...kept.keys()]).toEqual(['passepartout'])
    expect(JSON.parse(kept.get('passepartout')!)).toMatchObject({ version: 1 })
  })

  it.each([
    ['no JSON', '{'],
    ['no object', '[3]'],
    ['of a newer program', '{"version":2,"values":{"seed":9}}'],
    [
      'of impossible values',
      '{"version":1,"values":{"seed":-1,"recipe":"mine","display":7,"curve":null,"strength":"x","overrides":{"learningRate":-1,"init":"big","batchSize":"4","steps":7}}}',
    ],
  ])('that are %s count as nothing, and are written anew', (_, value) => {
    kept.set('passepartout', value)
    recallSettings()
    expect(runStore.getState()).toEqual(initialRun)
    expect(viewStore.getState()).toEqual(initialView)
    change()
    recallSettings()
    expect(runStore.getState().seed).toBe(7)
  })

  it('of the program before are read, until they are changed', () => {
    kept.set('passepartout.address', '"https://mirror.example"')
    kept.set('passepartout.theme', '"dark"')
    expect(rememberedAddress()).toBe('https://mirror.example')
    rememberText('theme', null)
    expect(rememberedText('theme')).toBeNull()
  })

  it('are forgotten where the browser refuses', () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse })
    change()
    recallSettings()
    expect(runStore.getState()).toEqual(initialRun)
  })
})
