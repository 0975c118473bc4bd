/** The exported PNG is the prompt: read back by the decoder it makes of any picture the same input, bit for bit. */
import { beforeAll, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { readPromptPng, writePromptPng } from '../../src/formats/prompts/prompt-png'
import type { PromptTensors } from '../../src/prompts/design'
import { PUBLISHED_DESIGNS, type DesignSettings } from '../../src/prompts/design-settings'
import { openDesign } from '../../src/prompts/pixel-prompt'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

beforeAll(useTfjsWasm)

const S = 16
const CLIP = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] }
const eightBit = { clamp: 'eight-bit', init: { kind: 'normal', deviation: 0.7 } } as const

function waves(seed: number): () => number {
  let i = 0
  return () => Math.sin(12.9898 * ++i + seed)
}

/** Pictures of whole levels, as the data path normalises them. */
function pictures(): tf.Tensor4D {
  const data = Float32Array.from({ length: 2 * 3 * S * S }, (_, i) => {
    const c = Math.floor(i / (S * S)) % 3
    return (((i * 37) % 256) / 255 - CLIP.mean[c]!) / CLIP.std[c]!
  })
  return tf.tensor4d(data, [2, 3, S, S])
}

function composed(settings: DesignSettings, tensors: PromptTensors): Float32Array {
  return tf.tidy(() => {
    const design = openDesign(settings, S, CLIP)
    const place = design.draw(2, (bound) => bound - 1)
    return design.compose(tensors, pictures(), { strength: 1, place }).dataSync<'float32'>().slice()
  })
}

async function thereAndBack(settings: DesignSettings) {
  const design = openDesign(settings, S, CLIP)
  const tensors = design.init({ normal: waves(3) })
  const scale = settings.kind === 'frame' && settings.scaleRate !== null ? 2.5 : null
  const learned: PromptTensors = scale === null ? tensors : { ...tensors, scale: tf.scalar(scale) }
  const levels = design.levels(learned, null)
  const bytes = writePromptPng({ settings, imageSize: S, levels: Int32Array.from(levels.dataSync()), scale })
  const read = readPromptPng('p', bytes, await nodeDecoder.decode(bytes))
  const again = openDesign(read.settings, S, CLIP)
  const back = again.init({ normal: () => 0, image: read.image, ...(read.scale !== null && { scale: read.scale }) })
  return { before: composed(settings, learned), after: composed(read.settings, back), levels, read }
}

const designs: [string, DesignSettings][] = [
  ['padding', { ...PUBLISHED_DESIGNS.vp, ...eightBit }],
  ['padding before normalisation', { ...PUBLISHED_DESIGNS.vp, ...eightBit, space: 'before' }],
  ['a fixed patch', { ...PUBLISHED_DESIGNS['vp-fixed-patch'], ...eightBit, top: 0.7, left: 0.2 }],
  ['a random patch', { ...PUBLISHED_DESIGNS['vp-random-patch'], ...eightBit }],
  ['a random patch for each picture', { ...PUBLISHED_DESIGNS['vp-random-patch'], ...eightBit, offsets: 'per-image' }],
  ['all pixels', { kind: 'full', space: 'after', ...eightBit }],
  ['a frame', { ...PUBLISHED_DESIGNS.evp, ...eightBit }],
  ['a frame of sigmoids', { ...PUBLISHED_DESIGNS.attrvr, ...eightBit }],
  ['a frame of learned scale', { ...PUBLISHED_DESIGNS.autovp, ...eightBit }],
  ['low rank', { ...PUBLISHED_DESIGNS['lor-vp'], ...eightBit }],
]

it.each(designs)('%s', async (_, settings) => {
  const { before, after, levels, read } = await thereAndBack(settings)
  expect(Buffer.from(after.buffer).equals(Buffer.from(before.buffer))).toBe(true)
  // Something was prompted, and something of it differs between pixels.
  expect(new Set(levels.dataSync()).size).toBeGreaterThan(3)
  expect(read.settings).toMatchObject({ space: 'before', clamp: 'eight-bit' })
})

it('shows a frame as the model sees it, and what is added around grey', async () => {
  const one = (settings: DesignSettings, level: number) =>
    writePromptPng({ settings, imageSize: 4, levels: new Int32Array(48).fill(level), scale: null })
  const valueOf = async (bytes: Uint8Array) => (await nodeDecoder.decode(bytes)).data[0]
  expect(await valueOf(one(PUBLISHED_DESIGNS.evp, 200))).toBe(200)
  expect(await valueOf(one(PUBLISHED_DESIGNS.vp, -100))).toBe(28)
  expect(() => one(PUBLISHED_DESIGNS.vp, 128)).toThrow('does not fit a byte')
})

it('is not any other picture', async () => {
  const bytes = writePromptPng({
    settings: PUBLISHED_DESIGNS.vp,
    imageSize: 8,
    levels: new Int32Array(192),
    scale: null,
  })
  const picture = await nodeDecoder.decode(bytes)
  expect(() => readPromptPng('p', bytes, { ...picture, width: 7 })).toThrow('not a prompt')
  const renamed = bytes.map((byte, i) => (bytes[i + 3] === 0x6d && byte === 0x50 ? 0x51 : byte))
  expect(() => readPromptPng('p', renamed, picture)).toThrow('not a prompt')
})
