/**
 * What a graph cannot tell of a classifier's pictures: their normalisation and how they are brought to size, as
 * `preprocessor_config.json` says it on the model hub. Fields that are not named here are ignored.
 */
import { z } from 'zod'
import { UserError } from '../errors'
import type { ResizeRule } from './resize-rule'

/** Pillow's numbers of its filters. */
const FILTERS = { 2: 'bilinear', 3: 'bicubic' } as const

const triple = z.tuple([z.number(), z.number(), z.number()])
const pixels = z.int().positive()
const square = z.object({ height: pixels, width: pixels })

export const classifierPreprocessorSchema = z.object({
  do_normalize: z.boolean().default(true),
  image_mean: triple.optional(),
  image_std: triple.refine((std) => std.every((value) => value > 0), 'must be positive').optional(),
  /** What uint8 values are multiplied with before mean and std. */
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  /** EfficientNet's: one is taken off after rescaling. */
  rescale_offset: z.literal(false).default(false),
  size: z.union([pixels, z.object({ shortest_edge: pixels }), square]).optional(),
  do_center_crop: z.boolean().optional(),
  crop_size: z.union([pixels, square]).optional(),
  /** ConvNeXt's: the picture is resized to S / crop_pct before its middle is taken. */
  crop_pct: z.number().gt(0).lte(1).optional(),
  resample: z.union([z.literal(2), z.literal(3)]).default(2),
})
export type ClassifierPreprocessor = z.infer<typeof classifierPreprocessorSchema>

export const classifierConfigSchema = z.object({
  image_size: pixels.optional().catch(undefined),
  id2label: z.record(z.string(), z.string()).optional(),
})
export type ClassifierConfig = z.infer<typeof classifierConfigSchema>

export interface ClassifierPreprocessing {
  /** S */
  readonly imageSize: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly resize: ResizeRule
}

/**
 * @param declared side of the square that the graph asks for; null where it takes any
 * @throws UserError where the files do not say enough, or contradict the graph
 */
export function preprocessingOf(
  preprocessor: ClassifierPreprocessor,
  declared: number | null,
  config: ClassifierConfig,
  model: string,
): ClassifierPreprocessing {
  const crop = cropOf(preprocessor)
  const size = preprocessor.size === undefined ? null : sideOf(preprocessor.size)
  const zoom = preprocessor.crop_pct
  // Where a zoom is given, the size is that of the crop.
  const stated = crop ?? (zoom !== undefined || isSquash(preprocessor, crop) ? size : null)
  const imageSize = declared ?? stated ?? config.image_size
  if (imageSize === undefined) {
    throw new UserError(
      `The classifier "${model}" takes pictures of any size, and no file says of which.`,
      'Add "crop_size" to preprocessor_config.json: the side in pixels that it was trained with.',
    )
  }
  const side = zoom === undefined ? (size ?? imageSize) : Math.trunc(imageSize / zoom)
  const isOther = stated !== null && stated !== imageSize
  if (isOther || side < imageSize) {
    throw new UserError(
      `The classifier "${model}" contradicts itself: its graph takes ${imageSize} pixels, its preprocessing gives ${isOther ? stated : side}.`,
      'Take the graph and preprocessor_config.json from the same model.',
    )
  }
  const resize = {
    fit: isSquash(preprocessor, crop) ? ('squash' as const) : ('crop' as const),
    side,
    filter: FILTERS[preprocessor.resample],
  }
  return { imageSize, ...normalisationOf(preprocessor, model), resize }
}

/** Mean and std of pixels in [0, 1], whatever the file's own scale. */
function normalisationOf(preprocessor: ClassifierPreprocessor, model: string) {
  const { do_normalize, image_mean, image_std, rescale_factor } = preprocessor
  if (do_normalize && !(image_mean && image_std)) {
    throw new UserError(
      `The classifier "${model}" does not say how its pixels are normalised.`,
      'Add "image_mean" and "image_std" to preprocessor_config.json, or "do_normalize": false where there are none.',
    )
  }
  const scale = 255 * rescale_factor
  const [mean, std] = do_normalize ? [image_mean!, image_std!] : [[0, 0, 0] as const, [1, 1, 1] as const]
  const scaled = ([r, g, b]: readonly [number, number, number]) => [r / scale, g / scale, b / scale] as const
  return { mean: scaled(mean), std: scaled(std) }
}

/** Side of the centre crop; null where there is none. */
function cropOf({ do_center_crop, crop_size }: ClassifierPreprocessor): number | null {
  if (do_center_crop === false || crop_size === undefined) return null
  return typeof crop_size === 'number' ? crop_size : Math.min(crop_size.height, crop_size.width)
}

/** A size of height and width bends the picture; a bare number does where nothing is cropped (older ViT files). */
function isSquash({ size, crop_pct }: ClassifierPreprocessor, crop: number | null): boolean {
  if (size === undefined || crop_pct !== undefined) return false
  return typeof size === 'number' ? crop === null : 'height' in size
}

function sideOf(size: NonNullable<ClassifierPreprocessor['size']>): number {
  if (typeof size === 'number') return size
  return 'shortest_edge' in size ? size.shortest_edge : Math.min(size.height, size.width)
}
