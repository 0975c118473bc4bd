/**
 * What a graph cannot tell of a model's pictures: their normalisation and how they are brought to size, as
 * `preprocessor_config.json` says it on the model hub (the image processors of Hugging Face `transformers`).
 *
 * Every field that changes pixels is followed or refused; the others are ignored. One thing is decided differently from
 * the hub's older processors: of an odd margin the centre crop cuts as torchvision and openai/CLIP do, not the floor.
 */
import { z } from 'zod'
import { UserError } from '../errors'
import type { ResizeRule } from './resize-rule'

export interface Preprocessing {
  /** S: side of the square that the model takes, pixels. */
  readonly imageSize: number
  /** Per channel, of pixels in [0, 1], whatever the file's own scale. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly resize: ResizeRule
}

/** What files of one kind of model leave out. */
export interface PreprocessingDefaults {
  /** Side that the graph or the model's configuration asks for; null where neither does. */
  readonly declared: number | null
  /** Side to be taken where nothing else names one. */
  readonly otherwise?: number | undefined
  readonly filter: ResizeRule['filter']
}

/** Pillow's numbers of its filters. Nearest (0), Lanczos (1), box (4) and Hamming (5) are not among ours. */
const FILTERS = { 2: 'bilinear', 3: 'bicubic' } as const

const triple = z.tuple([z.number(), z.number(), z.number()])
const pixels = z.int().positive()
// Strict: an edge that is not named here (`longest_edge`) would change the size.
const square = z
  .strictObject({ height: pixels, width: pixels })
  .refine(({ height, width }) => height === width, 'only squares are taken')

const fields = {
  do_resize: z.literal(true).default(true),
  size: z.union([pixels, z.strictObject({ shortest_edge: pixels }), square]).optional(),
  resample: z.union([z.literal(2), z.literal(3)]).optional(),
  do_center_crop: z.boolean().optional(),
  crop_size: z.union([pixels, square]).optional(),
  /** ConvNeXt's: the picture is resized to S / crop_pct before its middle is taken. */
  crop_pct: z.number().gt(0).lte(1).nullish(),
  do_rescale: z.boolean().default(true),
  /** What uint8 values are multiplied with before mean and std. */
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  /** EfficientNet's: one is taken off after rescaling. */
  rescale_offset: z.literal(false).default(false),
  do_normalize: z.boolean().default(true),
  image_mean: triple.optional(),
  image_std: triple.refine((std) => std.every((value) => value > 0), 'must be positive').optional(),
}
const preprocessorSchema = z.looseObject(fields)
type Preprocessor = z.infer<typeof preprocessorSchema>

/** Switches that leave the pixels of an RGB picture as they are. */
const HARMLESS = new Set(['do_convert_rgb', 'do_reduce_labels'])

/**
 * @param json of `preprocessor_config.json`
 * @param model its name, for people
 * @throws UserError where the file asks for what is not known here, does not say enough, or contradicts the model
 */
export function readPreprocessor(json: unknown, model: string, defaults: PreprocessingDefaults): Preprocessing {
  const preprocessor = parse(json, model)
  const crop = cropOf(preprocessor)
  const squash = isSquash(preprocessor, crop)
  const size = preprocessor.size === undefined ? null : sideOf(preprocessor.size)
  const zoom = preprocessor.crop_pct ?? null
  // Where a zoom is given, the size is that of the crop.
  const stated = crop ?? (zoom !== null || squash ? size : null)
  const imageSize = defaults.declared ?? stated ?? defaults.otherwise
  if (imageSize === undefined) {
    throw new UserError(
      `The model "${model}" takes pictures of any size, and no file says of which.`,
      'Add "crop_size" to preprocessor_config.json: the side in pixels that it was trained with.',
    )
  }
  const side = zoom === null ? (size ?? imageSize) : Math.trunc(imageSize / zoom)
  const given = stated !== null && stated !== imageSize ? stated : Math.min(side, imageSize)
  if (given !== imageSize) {
    throw new UserError(
      `The model "${model}" contradicts itself: it takes ${imageSize} pixels, its preprocessing gives ${given}.`,
      'Take the model and preprocessor_config.json from the same place.',
    )
  }
  if (preprocessor.do_center_crop === false && !squash && zoom === null) {
    throw unknown(json, 'do_center_crop', model, ', which leaves its pictures of different shapes')
  }
  const filter = preprocessor.resample === undefined ? defaults.filter : FILTERS[preprocessor.resample]
  return {
    imageSize,
    ...normalisationOf(preprocessor, model),
    resize: { fit: squash ? 'squash' : 'crop', side, filter },
  }
}

function parse(json: unknown, model: string): Preprocessor {
  const parsed = preprocessorSchema.safeParse(json)
  if (!parsed.success) throw unknown(json, parsed.error.issues[0]?.path[0], model)
  const other = Object.entries(parsed.data).find(
    ([name, value]) => name.startsWith('do_') && !(name in fields) && !HARMLESS.has(name) && value === true,
  )
  if (other) throw unknown(json, other[0], model)
  return parsed.data
}

/** @param field that asks for it; undefined where the file is no list of fields at all */
function unknown(json: unknown, field: PropertyKey | undefined, model: string, why = ''): UserError {
  const value: unknown =
    typeof json === 'object' && json !== null && field !== undefined ? Reflect.get(json, field) : json
  const text = JSON.stringify(value) ?? 'nothing'
  const found = `${field === undefined ? '' : `"${String(field)}": `}${text.length > 60 ? `${text.slice(0, 60)}...` : text}`
  return new UserError(
    `The model "${model}" wants its images prepared in a way that is not known here: preprocessor_config.json has ${found}${why}.`,
    'Correct the file where it is wrong; else choose another model.',
  )
}

/** Side of the centre crop; null where there is none. */
function cropOf({ do_center_crop, crop_size }: Preprocessor): number | null {
  if (do_center_crop === false || crop_size === undefined) return null
  return typeof crop_size === 'number' ? crop_size : crop_size.height
}

/** A size of height and width bends the picture; a bare number does where nothing is cropped (older ViT files). */
function isSquash({ size, crop_pct }: Preprocessor, crop: number | null): boolean {
  if (size === undefined || crop_pct != null) return false
  return typeof size === 'number' ? crop === null : 'height' in size
}

function sideOf(size: NonNullable<Preprocessor['size']>): number {
  if (typeof size === 'number') return size
  return 'shortest_edge' in size ? size.shortest_edge : size.height
}

/** (value * factor - mean) / std, written for value / 255. */
function normalisationOf(preprocessor: Preprocessor, model: string): Pick<Preprocessing, 'mean' | 'std'> {
  const { do_normalize, do_rescale, image_mean, image_std, rescale_factor } = preprocessor
  if (do_normalize && !(image_mean && image_std)) {
    throw new UserError(
      `The model "${model}" does not say how its pixels are normalised.`,
      'Add "image_mean" and "image_std" to preprocessor_config.json, or "do_normalize": false where there are none.',
    )
  }
  const scale = do_rescale ? 255 * rescale_factor : 255
  // 255 * (1 / 255) as files round it: the published values stay as they are.
  const exact = Math.abs(scale - 1) < 1e-6 ? 1 : scale
  const [mean, std] = do_normalize ? [image_mean!, image_std!] : [[0, 0, 0] as const, [1, 1, 1] as const]
  const scaled = ([r, g, b]: readonly [number, number, number]) => [r / exact, g / exact, b / exact] as const
  return { mean: scaled(mean), std: scaled(std) }
}
