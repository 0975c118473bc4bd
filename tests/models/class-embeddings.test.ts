/** Ensembles of templates: on Stamp against single sentences, and how a tower is given many of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeEnsemble, encodeTemplates } from '../../src/models/class-embeddings'
import { fillTemplate } from '../../src/models/class-names'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses, encodeTexts, openTextTower } from '../../src/models/text'
import type { Engine, Feeds } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'

let engine: Engine
let stamp: Clip
/** Dims of input_ids of each run. */
let runs: number[][] = []
beforeAll(async () => {
  const inner = await createNodeEngine()
  engine = {
    ...{ kind: inner.kind, description: inner.description },
    reckon: (model) => inner.reckon(model),
    ...{ ledger: () => inner.ledger(), fault: null, faultOf: (error: unknown) => inner.faultOf(error) },
    idle: () => inner.idle(),
    dispose: () => inner.dispose(),
    async createSession(...model) {
      const session = await inner.createSession(...model)
      return {
        dispose: () => session.dispose(),
        run(feeds: Feeds, use, fetches) {
          const ids = feeds.input_ids!
          runs.push([...('dims' in ids ? ids.dims : ids.shape)])
          return session.run(feeds, use, fetches)
        },
      }
    },
  }
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

const NAMES = ['red circle', 'three_objects', 'the digit seven']
const TEMPLATES = ['a photo of {}.', '{}', 'a small picture that shows {} and nothing else.']
const farthest = (a: Float32Array, b: ArrayLike<number>) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

describe('an ensemble of templates', () => {
  it('is the mean of the unit embeddings, at unit length, times the scale', async () => {
    const D = stamp.projectionDim
    const found = await encodeEnsemble(engine, stamp, TEMPLATES, NAMES)
    const expected = new Float64Array(D * NAMES.length)
    for (const [c, name] of NAMES.entries()) {
      const mean = new Float64Array(D)
      for (const template of TEMPLATES) {
        const row = await encodeTexts(engine, stamp, [fillTemplate(template, name)])
        row.forEach((x, d) => (mean[d]! += x / Math.hypot(...row)))
      }
      mean.forEach((x, d) => (expected[d * NAMES.length + c] = (x / Math.hypot(...mean)) * Math.exp(stamp.logitScale)))
    }
    expect(farthest(found, expected)).toBeLessThan(1e-4)
    // The mean of embeddings that are not brought to unit length is another one.
    const single = await encodeEnsemble(engine, stamp, TEMPLATES.slice(0, 1), NAMES)
    expect(farthest(single, await encodeClasses(engine, stamp, TEMPLATES[0]!, NAMES))).toBeLessThan(1e-4)
    expect(farthest(found, single)).toBeGreaterThan(0.1)
  })

  it('keeps each template by itself for probabilities', async () => {
    const found = await encodeTemplates(engine, stamp, TEMPLATES, NAMES)
    expect(found).toHaveLength(TEMPLATES.length)
    for (const [t, template] of TEMPLATES.entries()) {
      expect(farthest(found[t]!, await encodeClasses(engine, stamp, template, NAMES))).toBeLessThan(1e-4)
    }
  })

  it('tells how far it is, and can be stopped', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `class ${i}`)
    const told: number[] = []
    const options = { onProgress: (done: number, total: number) => told.push(done, total), budget: 2e6 }
    await encodeEnsemble(engine, stamp, TEMPLATES, names, options)
    expect(told.at(-2)).toBe(180)
    expect(told.filter((_, i) => i % 2 === 1).every((total) => total === 180)).toBe(true)
    expect(told.length).toBeGreaterThan(4)

    const stop = new AbortController()
    runs = []
    const stopped = encodeEnsemble(engine, stamp, TEMPLATES, names, {
      ...{ budget: 2e6, signal: stop.signal },
      onProgress: () => stop.abort(new Error('stopped')),
    })
    await expect(stopped).rejects.toThrow('stopped')
    // The one to see whether texts may be short was made before; the second run is the last.
    expect(runs.length).toBe(2)
    expect(engine.ledger().sessions).toBe(0)
  })
})

describe('many texts', () => {
  it('run with those of their length, within the budget, and come back in their order', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => (i % 2 ? `${i}` : `picture ${i} of a red circle on white`))
    const alone = await encodeTexts(engine, stamp, texts.slice(40, 42))
    const tower = await openTextTower(engine, stamp, 4e6)
    runs = []
    const found = await tower.encode(texts)
    await tower.dispose()
    const D = stamp.projectionDim
    expect(farthest(found.subarray(40 * D, 42 * D), alone)).toBeLessThan(1e-4)
    expect(runs.reduce((sum, [rows]) => sum + rows!, 0)).toBe(200)
    const lengths = runs.map(([, length]) => length!)
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a))
    expect(lengths.at(-1)).toBeLessThan(lengths[0]! / 2)
    // Fewer of the long ones fit into the same memory.
    expect(runs[0]![0]).toBeLessThan(runs.at(-2)![0]!)
    const roomy = await openTextTower(engine, stamp)
    runs = []
    await roomy.encode(texts)
    await roomy.dispose()
    expect(runs.map(([rows]) => rows)).toEqual([200])
  })
})
