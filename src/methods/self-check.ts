/**
 * "Check this model": a published test picture goes through a loaded CLIP, and what comes out stands beside the published
 * numbers. Which picture it is, its sha256 tells.
 */
import type { Decoder } from '../data/decode'
import { prepareWithoutAlpha } from '../data/drop-alpha'
import { UserError } from '../errors'
import { GEOMETRY, PUBLISHED, type Geometry, type PublishedCase } from '../evaluation/published-clip'
import { compareWithPublished, type SelfCheckRow } from '../evaluation/self-check'
import type { Clip } from '../models/clip'
import { openInference } from '../models/frozen-graph'
import { sha256 } from '../models/sha256'
import { encodeTexts } from '../models/text'
import type { Engine } from '../runtime/engine'

export interface SelfCheck {
  /** The weights that the numbers were published for, and where. */
  readonly checkpoint: string
  readonly source: string
  readonly image: string
  readonly rows: readonly SelfCheckRow[]
  readonly pass: boolean
}

/** What is known; tests make up their own. */
export interface Known {
  readonly cases: readonly PublishedCase[]
  readonly geometry: Readonly<Record<string, Geometry>>
}
const KNOWN: Known = { cases: PUBLISHED, geometry: GEOMETRY }

/**
 * Whether there are published numbers for a model of this shape, in float32 as they were computed. It may still be of other
 * weights: then it fails.
 */
export function canCheck(clip: Clip, { cases, geometry }: Known = KNOWN): boolean {
  return cases.some(({ checkpoint }) => fits(clip, geometry[checkpoint]))
}

/**
 * @param bytes of the picture's file
 * @throws UserError when the picture is none of those that numbers were published for, or the model of another shape
 */
export async function selfCheck(
  engine: Engine,
  clip: Clip,
  decoder: Decoder,
  bytes: Uint8Array,
  known: Known = KNOWN,
): Promise<SelfCheck> {
  const hash = await sha256(bytes)
  const published = known.cases.find(({ image }) => image.sha256 === hash)
  if (!published) {
    const names = known.cases.map(({ image }) => image.name)
    throw new UserError(
      `This picture is none of those that answers were published for: ${names.join(', ')}, byte for byte.`,
      `Fetch one of them from where it was published, such as ${known.cases[0]?.source ?? 'the authors of the model'}.`,
    )
  }
  const { checkpoint, image, source, texts } = published
  if (!fits(clip, known.geometry[checkpoint])) {
    throw new UserError(
      `The answers for ${image.name} were published for ${checkpoint}, and "${clip.name}" is of another shape.`,
      'Load that model, in float32, to check it.',
    )
  }
  const pixels = await prepareWithoutAlpha(decoder, bytes, clip.imageSize, clip.resize)
  const rows = compareWithPublished(published, {
    imageEmbedding: await encodePicture(engine, clip, pixels),
    textEmbeddings: await encodeTexts(engine, clip, texts),
    logitScale: clip.logitScale,
  })
  return { checkpoint, source, image: image.name, rows, pass: rows.every(({ pass }) => pass) }
}

function fits({ imageSize, projectionDim, tokenizer, vision }: Clip, geometry: Geometry | undefined): boolean {
  if (geometry === undefined) return false
  const { nodes, initializers } = vision.outline.graph
  const stem = nodes.find(({ op }) => op === 'Conv')
  const patchSize = initializers.get(stem?.inputs[1] ?? '')?.dims[2]
  const quick = nodes.some(({ op }) => op === 'Sigmoid' || op === 'QuickGelu')
  // Of half-precision and quantised exports; shapes and indices are int64.
  const isFloat32 = [...initializers.values()].every(({ dtype }) => !['float16', 'int8', 'uint8'].includes(dtype))
  return (
    isFloat32 &&
    imageSize === geometry.imageSize &&
    patchSize === geometry.patchSize &&
    projectionDim === geometry.projectionDim &&
    tokenizer.contextLength === geometry.contextLength &&
    quick === (geometry.activation === 'quick_gelu')
  )
}

/** Embedding float32 [D] of uint8 pixels [3,S,S]. The session lives only as long. */
async function encodePicture(engine: Engine, clip: Clip, pixels: Uint8Array): Promise<Float32Array> {
  const { imageSize: S, mean, std } = clip
  const data = Float32Array.from(pixels, (value, i) => {
    const c = Math.floor(i / S ** 2)
    return (value / 255 - mean[c]!) / std[c]!
  })
  const session = await openInference(engine, clip.vision)
  try {
    const feeds = { pixel_values: { dtype: 'float32', dims: [1, 3, S, S], data } } as const
    return await session.run(feeds, async ({ image_embeds }) => Float32Array.from(await image_embeds!.data()), [
      'image_embeds',
    ])
  } finally {
    await session.dispose()
  }
}
