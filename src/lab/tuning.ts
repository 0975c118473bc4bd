/**
 * Test-time prompt tuning of a picture that belongs to no task: both towers are opened for it and closed after it, and nothing
 * of it is kept. One picture at a time; whatever else is begun ends it.
 */
import type { Decoder, RgbImage } from '../data/decode'
import { interleaved } from '../data/augment/crop-flip'
import { resizeAndCrop } from '../data/resample'
import { UserError } from '../errors'
import { freshAdamw } from '../learning/fresh'
import { clipClassifier } from '../methods/classifier'
import { ImageFeatures } from '../methods/features/image-features'
import type { Batch } from '../methods/method'
import { TestTimePrompt, type Tuned } from '../methods/text/tpt'
import { TPT_SETTINGS, type TptSettings } from '../methods/text/tpt-settings'
import type { Clip } from '../models/clip'
import type { Engine } from '../runtime/engine'
import { yieldToMessages } from '../yield'
import { decodeFile } from './look'
import type { TuningAnswer, TuningEvent, TuningQuestion } from './protocol-tuning'

/** Side of a view that is sent, pixels at most. */
const THUMB = 96
/** Views that go through the encoder together. */
const ENCODED_AT_ONCE = 16

export interface TuningOptions {
  readonly engine: Engine
  readonly clip: Clip
  /** C names, as a person wrote them. */
  readonly names: readonly string[]
  /** Of the task: its words are where the tuning begins, where they all stand before the name. */
  readonly template: string
  readonly decoder: Decoder
  readonly settings?: Partial<TptSettings>
  readonly tell: (event: TuningEvent) => void
  /** Ends it with what it was aborted with. */
  readonly signal: AbortSignal
}

/** @throws UserError where the picture does not decode, or a name or the words do not fit the model */
export async function tunePicture(question: TuningQuestion, options: TuningOptions): Promise<TuningAnswer> {
  const { clip, engine, names, signal, tell, template } = options
  const began = performance.now()
  const told = (stage: TuningEvent['stage'], done: number, total: number) =>
    tell({ type: 'tuning', stage, done, total })
  told('opening', 0, 1)
  const decoded = await decodeFile(question.picture, options.decoder)
  const picture = question.mirror ? mirroredRows(decoded) : decoded
  const own = wordsBefore(template)
  const words = own ?? TPT_SETTINGS.words
  const settings = { ...TPT_SETTINGS, ...options.settings, words, augmix: question.augmix }
  const encoder = new ImageFeatures(engine, clipClassifier(clip, names.length, new Float32Array()), () => [])
  let method: TestTimePrompt | null = null
  try {
    method = await TestTimePrompt.open({
      ...{ engine, clip, names, settings },
      encode: (batch) => encodeInParts(encoder, batch, clip, signal, told),
      optimiser: () => freshAdamw(settings),
    })
    const tuned = await method.tune(picture, { onProgress: told, signal })
    return {
      ...{ sentence: `${words} {}.`, ownTemplate: own !== null, views: thumbnails(tuned, clip), kept: tuned.kept },
      ...{ entropyBefore: tuned.entropyBefore, entropyAfter: tuned.entropyAfter },
      ...{ before: tuned.before, after: tuned.after, seconds: (performance.now() - began) / 1000 },
    }
  } finally {
    method?.dispose()
    await encoder.dispose()
  }
}

/** "This is a photo of a" of "This is a photo of a {}."; null where there is more behind the name, or nothing before it. */
export function wordsBefore(template: string): string | null {
  return /^(.*\S)\s*\{\}\s*\.?$/.exec(template.trim())?.[1] ?? null
}

async function encodeInParts(
  encoder: ImageFeatures,
  { pixels, count, ...rest }: Batch,
  { imageSize: S, projectionDim: D }: Clip,
  signal: AbortSignal,
  told: (stage: 'encoding', done: number, total: number) => void,
): Promise<Float32Array> {
  const size = 3 * S * S
  const all = new Float32Array(count * D)
  for (let from = 0; from < count; from += ENCODED_AT_ONCE) {
    told('encoding', from, count)
    await yieldToMessages()
    signal.throwIfAborted()
    const rows = Math.min(ENCODED_AT_ONCE, count - from)
    const part = { ...rest, pixels: pixels.subarray(from * size, (from + rows) * size), count: rows }
    all.set(await encoder.encode(part), from * D)
  }
  return all
}

function thumbnails({ views, entropies }: Tuned, { imageSize: S, mean, std }: Clip): TuningAnswer['views'] {
  const size = 3 * S * S
  const side = Math.min(THUMB, S)
  return Array.from(entropies, (entropy, v) => {
    const planes = Uint8Array.from(views.subarray(v * size, (v + 1) * size), (value, i) => {
      const channel = Math.floor(i / (S * S))
      return Math.min(255, Math.max(0, Math.round(255 * (value * std[channel]! + mean[channel]!))))
    })
    const small = { fit: 'squash', side, filter: 'bilinear' } as const
    return { pixels: side === S ? planes : resizeAndCrop(interleaved(planes), side, small), entropy }
  })
}

function mirroredRows({ width, height, data }: RgbImage): RgbImage {
  const turned = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [3 * (y * width + x), 3 * (y * width + (width - 1 - x))]
      for (let c = 0; c < 3; c++) turned[to + c] = data[from + c]!
    }
  }
  return { width, height, data: turned }
}

/** Thrown into a tuning that somebody ended, or that had to give way. */
export const tuningEnded = (): UserError =>
  new UserError('The tuning was ended before it was done.', 'Begin it once more when you like.')
