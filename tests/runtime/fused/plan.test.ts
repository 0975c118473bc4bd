/** Plans of the fused engine: every value computed once and before it is read, memory shared only in turn. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead } from '../../../src/gradient/heads'
import { trainingModel } from '../../../src/gradient/training'
import { resultsOf, type Kernel } from '../../../src/runtime/fused/kernel'
import { planRun, type Plan } from '../../../src/runtime/fused/plan'
import { clipVision, type VisionOptions } from '../../support/clip-generator'

const TOWER: VisionOptions = { image: 32, patch: 16, width: 16, layers: 2, heads: 2, projection: 8 }

function plan(options: Partial<VisionOptions> = {}, software = false, maxBuffers = 10): Plan {
  const batch = 2
  const tower = { ...TOWER, ...options }
  const { model } = trainingModel(clipVision(tower), {
    inputs: { pixel_values: [batch, 3, tower.image, tower.image] },
    output: 'image_embeds',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes: 5 }),
  })
  return planRun(model, { software, maxBuffers })
}

const kernels = (p: Plan): readonly Kernel[] => [...p.forward, ...p.backward]

describe.each([
  ['a plain tower', {}],
  ['a tower with a stem', { stem: [4, 6], patch: 4 }],
  ['a tower of newer operators', { opset: 17, activation: 'gelu' }],
  ['a tower whose products are merged', { width: 64 }],
] satisfies [string, Partial<VisionOptions>][])('%s', (_, options) => {
  const p = plan(options)

  it('computes each value once, and before it is read', () => {
    const written = new Set([...p.inputs.values(), ...p.weights.keys()])
    const partsOf = (stack: number) => [...p.parts].flatMap(([id, part]) => (part.stack === stack ? [id] : []))
    for (const kernel of kernels(p)) {
      const reads = kernel.reads.flatMap((id) => (partsOf(id).length > 0 ? partsOf(id) : [id]))
      expect(reads.filter((id) => !written.has(id))).toEqual([])
      for (const id of resultsOf(kernel)) {
        expect(written.has(id)).toBe(false)
        written.add(id)
      }
    }
    for (const id of p.outputs.values()) expect(written.has(id)).toBe(true)
  })

  it('gives no memory to a value while another in it is still to be read', () => {
    const holder = new Map<number, number>()
    const home = (id: number) => p.parts.get(id)?.stack ?? id
    for (const kernel of kernels(p)) {
      const reads = kernel.reads.map(home)
      for (const id of reads) {
        const piece = p.pieces.get(id)
        if (piece !== undefined) expect(holder.get(piece)).toBe(id)
      }
      for (const id of resultsOf(kernel).map(home)) {
        const piece = p.pieces.get(id)!
        expect(reads.some((each) => p.pieces.get(each) === piece)).toBe(false)
        holder.set(piece, id)
      }
    }
    for (const id of p.outputs.values()) expect(holder.get(p.pieces.get(id)!)).toBe(id)
  })

  it('does nothing of the backward in the forward', () => {
    expect([...p.gated]).toEqual(['d_pixel_values'])
    const forward = new Set(p.forward.map(({ writes }) => writes))
    expect(forward.has(p.outputs.get('loss')!)).toBe(true)
    expect(forward.has(p.outputs.get('d_pixel_values')!)).toBe(false)
    expect(p.backward.length).toBeGreaterThan(10)
  })

  it('binds no more buffers than the device allows', () => {
    for (const kernel of kernels(p)) expect(kernel.reads.length + resultsOf(kernel).length).toBeLessThanOrEqual(10)
    const narrow = kernels(plan(options, false, 8))
    for (const kernel of narrow) expect(kernel.reads.length + resultsOf(kernel).length).toBeLessThanOrEqual(8)
    expect(narrow.length).toBeGreaterThanOrEqual(kernels(p).length)
  })
})

describe('a tower of twelve layers', () => {
  const p = plan({ layers: 12, width: 64 })

  it('takes at most 265 kernels a step', () => {
    expect(kernels(p).length).toBeLessThanOrEqual(265)
    // Activations are stored by the products that they are made of.
    expect(p.forward.filter(({ also }) => also !== null)).toHaveLength(12)
    expect(p.forward.filter(({ work }) => work.kind === 'elements').length).toBeLessThanOrEqual(1)
    // One layer is like the next: kernels of the same text are one pipeline.
    expect(new Set(kernels(p).map(({ code }) => code)).size).toBeLessThan(80)
  })

  it('keeps of a layer what its backward reads, and no more', () => {
    const bytes = (q: Plan) => q.sizes.reduce((sum, size) => sum + size, 0)
    const perLayer = (bytes(p) - bytes(plan({ layers: 2, width: 64 }))) / 10
    const tokens = 2 * (1 + (TOWER.image / TOWER.patch) ** 2)
    // Two residuals, queries, keys, values and the wide layer before its activation; attention weights.
    const kept = tokens * (2 + 3 + 4) * 64 * 4 + tokens * 2 * (tokens / 2) * 4
    expect(perLayer).toBeLessThan(1.15 * kept)
  })
})

it('is planned for an adapter that computes on a CPU without waiting in groups', () => {
  expect(kernels(plan({}, true)).some(({ code }) => code.includes('workgroupBarrier'))).toBe(false)
  expect(kernels(plan({ width: 128 }, false)).some(({ code }) => code.includes('workgroupBarrier'))).toBe(true)
})
