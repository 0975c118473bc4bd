/** What a model needs here, and which variant is advised: by a table of machines. */
import { describe, expect, it } from 'vitest'
import { adviseModel, judgeVariant, requireFits, type Machine } from '../../src/models/capability'
import { catalogue, type CatalogueModel } from '../../src/models/hub/catalogue'
import type { AdapterFacts } from '../../src/runtime/adapter-facts'
import { refusal } from '../support/refusal'

const models = catalogue()
const model = (id: string): CatalogueModel => models.find((one) => one.id === id)!
const B32 = model('Xenova/clip-vit-base-patch32')
const L14 = model('Xenova/clip-vit-large-patch14')
const variant = (of: CatalogueModel, id: string) => of.variants.find((one) => one.id === id)!

const adapter = (changes: Partial<AdapterFacts> = {}): AdapterFacts => ({
  ...{ name: 'a card', software: false, halfPrecision: true },
  ...{ maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 31 },
  ...changes,
})
const gpu = (changes: Partial<AdapterFacts> = {}, freeBytes: number | null = null): Machine => ({
  ...{ engine: 'webgpu', adapter: adapter(changes), freeBytes, roomForPacked: 1e9 },
})
const processor = (freeBytes: number | null = null): Machine => ({
  ...{ engine: 'wasm', adapter: null, freeBytes, roomForPacked: 0 },
})

const RUN = { rows: 16, activationBytes: 288e6 }

const nothing = (of: CatalogueModel) =>
  Object.fromEntries(of.variants.map((v) => [v.id, v.vision.bytes + v.text.bytes]))

describe('the advised variant', () => {
  const table: readonly [string, Machine, CatalogueModel, string | null, string | null][] = [
    ['a card with half precision', gpu(), B32, 'fp16', 'half-precision'],
    ['a card without', gpu({ halfPrecision: false }), B32, 'fp32', 'exact'],
    ['the processor', processor(), B32, 'fp32', 'exact'],
    [
      'a phone that binds 128 MB',
      gpu({ maxStorageBufferBindingSize: 2 ** 27, halfPrecision: false }),
      L14,
      'int8',
      'fits',
    ],
    ['the same with half precision', gpu({ maxStorageBufferBindingSize: 2 ** 27 }), L14, 'fp16', 'half-precision'],
    ['a card whose buffers end at 64 MB', gpu({ maxBufferSize: 2 ** 26, halfPrecision: false }), B32, 'int8', 'fits'],
    ['a nearly full disk', processor(200e6), B32, 'int8', 'fits'],
    ['a full disk', processor(10e6), B32, null, null],
    ['a model of one variant', processor(), model('amikos/openclip-vit-b-32-laion2b-s34b-b79k-onnx'), 'fp32', 'only'],
  ]
  for (const [where, machine, of, advised, why] of table) {
    it(`on ${where}: ${advised}`, () => {
      expect(adviseModel(machine, of, RUN, nothing(of))).toMatchObject({ advised, why })
    })
  }

  it('is one that learns before one that does not', () => {
    const fp16 = { ...variant(B32, 'fp16'), learn: false }
    const mixed = { ...B32, variants: [fp16, variant(B32, 'int8')] }
    expect(adviseModel(gpu(), mixed, RUN, {}).advised).toBe('int8')
    expect(adviseModel(gpu(), { ...B32, variants: [fp16] }, RUN, {})).toMatchObject({ advised: 'fp16' })
  })

  it('needs no disk for what is there already', () => {
    expect(adviseModel(processor(10e6), B32, RUN, { fp32: 0, fp16: 300e6, int8: 150e6 }).advised).toBe('fp32')
  })
})

describe('refusals say why, and what to do', () => {
  const refused = (machine: Machine, of: CatalogueModel, id: string, missing = 0) =>
    judgeVariant(machine, of, variant(of, id), RUN, missing).refusal

  it('a tensor larger than a binding: the token table', () => {
    // 49,408 tokens of 768 float32: 151.8 MB, which the formula meets to a hundredth.
    const found = refused(gpu({ maxStorageBufferBindingSize: 2 ** 27 }), L14, 'fp32')
    expect(found?.message).toMatch(
      /^Its largest tensor has 15\d MB, and this graphics adapter binds at most 134 MB at once\.$/,
    )
    expect(found?.remedy).toMatch(/smaller variant.*backend=wasm/)
    // That of ViT-B/32 has 101.2 MB and fits.
    expect(refused(gpu({ maxStorageBufferBindingSize: 2 ** 27 }), B32, 'fp32')).toBeNull()
    expect(refused(gpu({ maxStorageBufferBindingSize: 100e6 }), B32, 'fp32')?.message).toMatch(/has 10[12] MB/)
  })

  it('half precision that the adapter lacks, on a graphics card alone', () => {
    expect(refused(gpu({ halfPrecision: false }), B32, 'fp16')?.message).toContain('shader-f16')
    expect(refused(processor(), B32, 'fp16')).toBeNull()
  })

  it('a heap that ends at 4 GB', () => {
    const big = { ...variant(L14, 'fp32'), vision: { ...variant(L14, 'fp32').vision, bytes: 7_400_000_000 } }
    expect(judgeVariant(processor(), L14, big, RUN, 0).refusal?.message).toMatch(/memory, which ends at 4 GB\.$/)
    expect(judgeVariant(gpu({ maxBufferSize: 2 ** 40 }), L14, big, RUN, 0).refusal).toBeNull()
    expect(refused(processor(), L14, 'fp32')).toBeNull()
  })

  it('a disk without room, by what is still missing', () => {
    expect(refused(processor(100e6), B32, 'fp32', 600e6)?.message).toBe(
      'It needs 600 MB more on disk, and the browser leaves this page 100 MB.',
    )
    expect(refused(processor(100e6), B32, 'fp32', 90e6)).toBeNull()
    expect(refused(processor(null), B32, 'fp32', 600e6)).toBeNull()
  })
})

describe('memory', () => {
  const fp32 = variant(B32, 'fp32')
  const of = (machine: Machine, id = 'fp32') => judgeVariant(machine, B32, variant(B32, id), RUN, 0).memoryBytes

  it('is weights and activations, wherever they lie', () => {
    const engine = fp32.vision.bytes + RUN.activationBytes
    expect(of(gpu())).toBe(engine)
    expect(of(processor())).toBe(engine)
  })

  it('holds two copies of the image tower, packed, on a processor that has room for them', () => {
    const machine = { ...processor(), roomForPacked: 2 * fp32.vision.bytes }
    expect(of(machine)).toBe(3 * fp32.vision.bytes + RUN.activationBytes)
    expect(of({ ...machine, roomForPacked: 2 * fp32.vision.bytes - 1 })).toBe(of(processor()))
  })

  it('of half precision is doubled on a processor, which has no such arithmetic', () => {
    const { vision } = variant(B32, 'fp16')
    expect(of(gpu(), 'fp16')).toBe(vision.bytes + RUN.activationBytes)
    expect(of(processor(), 'fp16')).toBe(2 * vision.bytes + RUN.activationBytes)
    // Packed copies of what was widened.
    const roomy = { ...processor(), roomForPacked: 4 * vision.bytes }
    expect(of(roomy, 'fp16')).toBe(6 * vision.bytes + RUN.activationBytes)
  })
})

it('a model from anywhere is held against the adapter too, once its tensors are known', () => {
  const small = { adapter: adapter({ maxStorageBufferBindingSize: 100, halfPrecision: false }) }
  requireFits(small, { largestTensorBytes: 100, halfPrecision: false })
  requireFits({ adapter: null }, { largestTensorBytes: 1e12, halfPrecision: true })
  const found = refusal(() => requireFits(small, { largestTensorBytes: 101, halfPrecision: false }))
  expect(found.message).toContain('largest tensor')
  expect(refusal(() => requireFits(small, { largestTensorBytes: 1, halfPrecision: true })).message).toContain('half')
})
