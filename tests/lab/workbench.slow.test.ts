/** The lab on a fragile device, from the class names on: what the one owner of engine and classifier makes again. */
import { describe, expect, it } from 'vitest'
import type { Capability, LabEvent } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import type { Engine } from '../../src/runtime/engine'
import { tensorCount } from '../../src/runtime/tfjs'
import { Mishaps, type Mishap, type Moment } from './fragile'
import { colourSource, only, platform, RECIPE } from './tiny-lab'

const CAPABILITY: Capability = {
  ...{ engine: 'node-cpu', description: 'fragile', reason: null, crossOriginIsolated: false, adapter: null },
}

/** A run of the embedded model over the lab's own commands. */
async function learn(plan: (moment: Moment, n: number) => Mishap | null) {
  const before = tensorCount()
  const mishaps = new Mishaps(plan)
  const events: LabEvent[] = []
  const openEngine = async () => ({ engine: await mishaps.openEngine(), capability: CAPABILITY })
  const lab = new Lab({ ...platform, openEngine }, (event) => events.push(structuredClone(event)))
  await lab.handle('initialise', { backend: 'wasm' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
  await lab.loadSource(colourSource(4), 0)
  await lab.handle('start', { recipe: { ...RECIPE, steps: 2, batchSize: 4 }, seed: 3, paused: false })
  await lab.runEnded()
  const { tfTensors } = await lab.handle('dispose', {})
  expect([tfTensors, mishaps.open]).toEqual([before, 0])
  expect(only(events, 'failed')).toEqual([])
  const losses = only(events, 'steps').flatMap(({ loss }) => loss)
  return { losses, prompt: only(events, 'finished')[0]!.result.prompt, counts: mishaps.counts }
}

const lostAt = (moment: Moment, n: number) => (m: Moment, i: number) => (m === moment && i === n ? 'lost' : null)

describe('the workbench', { timeout: 120_000 }, () => {
  it('survives a device lost while the class names are read, and while the gradient graph is made', async () => {
    const undisturbed = await learn(() => null)
    expect(undisturbed.losses).toHaveLength(2)
    // The text tower, then the image tower with its gradient.
    expect(undisturbed.counts.create).toBe(2)
    for (const plan of [lostAt('create', 1), lostAt('run', 1), lostAt('create', 2)]) {
      const { losses, prompt, counts } = await learn(plan)
      expect(counts.open).toBe(2)
      expect(losses).toEqual(undisturbed.losses)
      expect(prompt).toEqual(undisturbed.prompt)
    }
  })

  it('does not read the class names again for another device', async () => {
    const undisturbed = await learn(() => null)
    const { losses, counts } = await learn(lostAt('run', undisturbed.counts.run - 1))
    expect(counts.open).toBe(2)
    expect(counts.create).toBe(3)
    expect(losses).toEqual(undisturbed.losses)
  })

  it('leaves nothing behind of 20 models loaded one after the other, a run begun on each', async () => {
    const mishaps = new Mishaps(() => null)
    let engine: Engine | null = null
    const openEngine = async () => ({ engine: (engine = await mishaps.openEngine()), capability: CAPABILITY })
    const lab = new Lab({ ...platform, openEngine }, () => undefined)
    await lab.handle('initialise', { backend: 'wasm' })
    const recipe = { ...RECIPE, steps: 1000, batchSize: 4 }
    const load = async () => {
      await lab.handle('loadModel', { id: 'public/models/stamp' })
      return engine!.ledger()
    }
    const before = await load()
    for (let i = 0; i < 20; i++) {
      await lab.loadSource(colourSource(3), 0)
      await lab.handle('start', { recipe, seed: 1, paused: true })
      expect(engine!.ledger().sessions).toBe(before.sessions + 1)
      expect(await load(), `load ${i + 1}`).toEqual(before)
    }
    await lab.handle('dispose', {})
  })
})
