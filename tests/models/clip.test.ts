import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { loadClip } from '../../src/models/clip'
import { hashFrozen } from '../../src/models/frozen'
import { readFrozen, type FrozenGraph } from '../../src/models/frozen-graph'
import { decodeModel } from '../../src/onnx/read'
import type { Session, WeightPiece } from '../../src/runtime/engine'
import { filesOf, tinyClip, type FileTable } from './tiny-clip'

const sound = tinyClip(2, 8)
const config = sound['config.json'] as Record<string, unknown>
const load = (changes: FileTable) => loadClip(filesOf({ ...sound, ...changes }))

async function refusal(changes: FileTable): Promise<string> {
  const error = await load(changes).then(
    () => null,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).remedy).toMatch(/\.$/)
  return (error as UserError).message
}

describe('loadClip', () => {
  it('reads a model folder', async () => {
    const progress: number[][] = []
    const clip = await loadClip(filesOf(sound), (...at) => progress.push(at))
    expect(clip).toMatchObject({ name: 'tiny', imageSize: 4, mean: [0.5, 0.4, 0.3], logitScale: 2, projectionDim: 3 })
    const [vision, text] = ['onnx/vision_model.onnx', 'onnx/text_model.onnx'].map((path) => sound[path] as Uint8Array)
    expect(clip.sha256).toBe(createHash('sha256').update(vision!).update(text!).digest('hex'))
    expect(progress.at(-1)).toEqual([vision!.length + text!.length, vision!.length + text!.length])
  })

  it("takes the published CLIPs' scale and text defaults where the configuration is silent", async () => {
    const { logit_scale: _, ...silent } = config
    const clip = await load({ 'config.json': silent })
    expect(Math.exp(clip.logitScale)).toBeCloseTo(100, 9)
  })

  it.each(Object.keys(sound))('names the missing file %s', async (path) => {
    expect(await refusal({ [path]: undefined })).toBe(`The model "tiny" lacks the file ${path}.`)
  })

  it('refuses JSON that is cut short', async () => {
    const bytes = new TextEncoder().encode('{"model_type": "cl')
    expect(await refusal({ 'config.json': bytes })).toMatch(/config.json .* is not JSON, or is cut short/)
  })

  it('refuses another kind of model', async () => {
    expect(await refusal({ 'config.json': { ...config, model_type: 'bert' } })).toMatch(/not a CLIP: .*"model_type"/)
  })

  it('takes over how its images are prepared, or refuses', async () => {
    const preprocessor = { ...(sound['preprocessor_config.json'] as object), resample: 2, size: { shortest_edge: 5 } }
    const clip = await load({ 'preprocessor_config.json': preprocessor })
    expect(clip.resize).toEqual({ fit: 'crop', side: 5, filter: 'bilinear' })
    expect(await refusal({ 'preprocessor_config.json': { ...preprocessor, resample: 1 } })).toMatch(/"resample"/)
    expect(await refusal({ 'config.json': { ...config, vision_config: { image_size: 8 } } })).toMatch(
      /takes 8 pixels, its preprocessing gives 4/,
    )
  })

  it('refuses a tokenizer of another model', async () => {
    const other = { ...config, text_config: { vocab_size: 49408, max_position_embeddings: 77 } }
    expect(await refusal({ 'config.json': other })).toMatch(/tokenizer does not belong/)
  })

  it('refuses damaged and truncated towers, naming the file', async () => {
    const path = 'onnx/text_model.onnx'
    const text = sound[path] as Uint8Array
    expect(await refusal({ [path]: new TextEncoder().encode('<!doctype html><title>404</title>') })).toMatch(
      /^onnx\/text_model.onnx of the model "tiny": /,
    )
    expect(await refusal({ [path]: text.subarray(0, text.length - 100) })).toMatch(/^onnx\/text_model.onnx/)
    expect(await refusal({ [path]: new Uint8Array() })).toMatch(/^onnx\/text_model.onnx/)
  })

  it('refuses towers that were swapped', async () => {
    const swapped = { 'onnx/vision_model.onnx': sound['onnx/text_model.onnx'] }
    expect(await refusal(swapped)).toMatch(/takes input_ids, attention_mask and gives text_embeds/)
  })
})

/** A session that gives back weights. */
const holding = (...pieces: WeightPiece[]): Session => ({
  run: () => Promise.reject(new Error('not to be run')),
  dispose: async () => {},
  async *weights() {
    yield* pieces
  },
})

describe('hashFrozen', () => {
  const hashOf = (...parts: Uint8Array[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
  const [one, two] = [Uint8Array.from({ length: 100 }, (_, i) => i), Uint8Array.from({ length: 50 }, (_, i) => 3 * i)]
  const frozen: FrozenGraph = {
    ...{ outline: decodeModel(sound['onnx/vision_model.onnx'] as Uint8Array), bytes: 150, sha256: hashOf(one, two) },
    readFiles: async () => [
      { path: 'model.onnx', data: one.slice() },
      { path: 'weights.bin', data: two.slice() },
    ],
  }
  const piece = (path: string, data: Uint8Array, offset: number, length: number): WeightPiece => ({
    ...{ path, offset },
    bytes: data.slice(offset, offset + length),
  })

  it('is the sha256 of the files where the engine keeps its copy to itself, and notices one changed bit', async () => {
    const { weights: _, ...silent } = holding()
    expect(await hashFrozen(frozen, silent)).toBe(frozen.sha256)
    const changed = one.slice()
    changed[50]! ^= 1
    const files = async () => [{ path: 'model.onnx', data: changed }]
    expect(await hashFrozen({ ...frozen, readFiles: files }, silent)).toBe(hashOf(changed))
  })

  it('takes what lies on the device in the place of the files, and notices one changed bit there', async () => {
    const pieces = () => [
      piece('model.onnx', one, 10, 20),
      piece('model.onnx', one, 30, 5),
      // The same place under another name.
      piece('model.onnx', one, 10, 20),
      piece('weights.bin', two, 0, 8),
      piece('weights.bin', two, 48, 2),
    ]
    expect(await hashFrozen(frozen, holding(...pieces()))).toBe(frozen.sha256)
    for (const at of [0, 1, 3, 4]) {
      const some = pieces()
      some[at]!.bytes[1]! ^= 1
      expect(await hashFrozen(frozen, holding(...some)), String(at)).not.toBe(frozen.sha256)
    }
  })
})

describe('a graph that is read again', () => {
  it('is refused when its files changed since it was loaded', async () => {
    const table = { ...sound }
    const clip = await loadClip(filesOf(table))
    expect((await readFrozen(clip.vision)).graph.nodes).toHaveLength(clip.vision.outline.graph.nodes.length)
    const changed = (sound['onnx/vision_model.onnx'] as Uint8Array).slice()
    changed[changed.length >> 1]! ^= 1
    table['onnx/vision_model.onnx'] = changed
    await expect(readFrozen(clip.vision)).rejects.toThrow(/files are no longer what they were/)
    delete table['onnx/vision_model.onnx']
    await expect(readFrozen(clip.vision)).rejects.toThrow('lacks the file onnx/vision_model.onnx')
  })
})
