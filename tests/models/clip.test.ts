import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { loadClip } from '../../src/models/clip'
import { hashFrozen } from '../../src/models/frozen'
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
    const [vision, text] = [clip.visionBytes, clip.textBytes]
    expect(clip.sha256).toBe(createHash('sha256').update(vision).update(text).digest('hex'))
    expect(progress.at(-1)).toEqual([vision.length + text.length, vision.length + text.length])
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

describe('hashFrozen', () => {
  it('is the sha256 of the file, and notices one changed bit', async () => {
    const { visionBytes } = await loadClip(filesOf(tinyClip(2, 8)))
    const weights = [{ path: 'model.onnx', data: visionBytes }]
    const before = await hashFrozen(weights)
    expect(before).toBe(createHash('sha256').update(visionBytes).digest('hex'))
    visionBytes[visionBytes.length >> 1]! ^= 1
    expect(await hashFrozen(weights)).not.toBe(before)
  })
})
