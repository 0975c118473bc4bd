/** A run whose device was lost too often goes on with another engine, from its last checkpoint. */
import { expect, it } from 'vitest'
import type { Capability } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import type { LabEvent } from '../../src/lab/protocol'
import { createNodeEngine } from '../../src/runtime/node'
import { Mishaps } from './fragile'
import { colourSource, only, platform, RECIPE } from './tiny-lab'

const CAPABILITY: Capability = {
  ...{ engine: 'node-cpu', description: '', reason: null, crossOriginIsolated: false, adapter: null },
}
const recipe = { ...RECIPE, steps: 6, validateEvery: 2 }

/** @param sound whether the engine asked for is another than the fragile one */
async function openOn(mishaps: Mishaps, sound = () => false) {
  const events: LabEvent[] = []
  const asked: string[] = []
  const on = {
    ...platform,
    async openEngine(backend: string) {
      asked.push(backend)
      const engine = await (sound() ? createNodeEngine() : mishaps.openEngine())
      return { engine, capability: { ...CAPABILITY, description: backend } }
    },
  }
  const lab = new Lab(on, (event) => events.push(structuredClone(event)))
  await lab.handle('initialise', { backend: 'webgpu' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
  await lab.loadSource(colourSource(4), 0)
  return { lab, events, asked }
}

/** Step and loss, told once each. */
const losses = (events: readonly LabEvent[]) =>
  only(events, 'steps').flatMap(({ step, loss }) => step.map((at, i) => [at, loss[i]] as const))

it('keeps model, images and steps, and comes to the same end', { timeout: 60_000 }, async () => {
  const whole = await openOn(new Mishaps(() => null))
  await whole.lab.handle('start', { recipe, seed: 0, paused: false })
  await whole.lab.runEnded()
  const expected = only(whole.events, 'finished')[0]!.result
  await whole.lab.handle('dispose', {})

  let dead = false
  const mishaps = new Mishaps((moment) => (dead && moment === 'run' ? 'lost' : null))
  let other = false
  const { lab, events, asked } = await openOn(mishaps, () => other)
  await lab.handle('start', { recipe, seed: 0, paused: true })
  for (let step = 0; step < 3; step++) await lab.handle('step', {})
  dead = true
  await lab.handle('resume', {})
  await lab.runEnded()
  expect(only(events, 'failed')).toMatchObject([{ cause: 'device-lost', lastGoodStep: 2 }])
  const { id } = only(events, 'record').at(-1)!.record

  other = true
  expect(await lab.handle('changeEngine', { backend: 'wasm' })).toMatchObject({ description: 'wasm' })
  expect(asked.at(-1)).toBe('wasm')
  expect(mishaps.open).toBe(0)
  const before = events.length
  await lab.handle('goOn', { id, paused: false, takeOver: false })
  await lab.runEnded()

  const after = events.slice(before)
  expect(losses(after).map(([step]) => step)).toEqual([4, 5, 6])
  expect(losses(events)).toEqual(losses(whole.events))
  const { result } = only(after, 'finished')[0]!
  expect([...result.prompt]).toEqual([...expected.prompt])
  expect(result.prompted).toEqual(expected.prompted)
  await lab.handle('dispose', {})
})
