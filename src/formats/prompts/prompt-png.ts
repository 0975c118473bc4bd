/**
 * A prompt of whole steps of 1/255 (`clamp: eight-bit`) as a PNG, which is the prompt itself: read back it makes of any picture
 * the very same input, bit for bit.
 *
 *   frame    value = level, 0 to 255; it lies on black, so the PNG is what the model sees around the picture
 *   others   value = 128 + level, level -128 to 127; grey adds nothing
 *
 * Settings lie beside the pixels (tEXt "Prompt", JSON). What comes back is in [0, 1] units whatever space it was learned in: a
 * sigmoid has been applied, two thin matrices have been multiplied (`full`). A random patch is drawn in the middle.
 */
import { z } from 'zod'
import type { RgbImage } from '../../data/decode'
import { UserError } from '../../errors'
import { designSettingsSchema, type DesignSettings } from '../../prompts/design-settings'
import { said } from '../../sentence'
import { writePng } from '../png'

const KEYWORD = 'Prompt'
const GREY = 128
/** A file's text may be longer; ours never is. */
const MOST_TEXT = 10_000

const savedSchema = z.strictObject({
  version: z.literal(1),
  settings: designSettingsSchema,
  imageSize: z.int().positive(),
  /** Of a frame whose scale is learned: its parameter. */
  scale: z.number().nullable(),
})

export interface EightBitPrompt {
  readonly settings: DesignSettings
  /** S */
  readonly imageSize: number
  /** Whole steps of 1/255, [3,S,S], as `PromptDesign.levels` gives them. */
  readonly levels: Int32Array
  readonly scale: number | null
}

export interface ReadPrompt {
  /** Space `before`, starting from `image`. */
  readonly settings: DesignSettings
  readonly imageSize: number
  /** float32 [3,S,S], in [0, 1] units; negative where it darkens. */
  readonly image: Float32Array
  readonly scale: number | null
}

const zeroOf = ({ kind }: DesignSettings) => (kind === 'frame' ? 0 : GREY)

/** @throws Error where a level does not fit its byte: the prompt is not of whole steps */
export function writePromptPng(
  { settings, imageSize: S, levels, scale }: EightBitPrompt,
  texts: Readonly<Record<string, string>> = {},
): Uint8Array {
  const zero = zeroOf(settings)
  const rgba = new Uint8Array(4 * S * S).fill(255)
  levels.forEach((level, i) => {
    const value = level + zero
    if (!(value >= 0 && value <= 255)) throw new Error(`level ${level} does not fit a byte`)
    rgba[4 * (i % (S * S)) + Math.floor(i / (S * S))] = value
  })
  const saved: z.infer<typeof savedSchema> = { version: 1, settings, imageSize: S, scale }
  return writePng(
    { width: S, height: S, rgba },
    { Software: 'Passepartout', ...texts, [KEYWORD]: JSON.stringify(saved) },
  )
}

/**
 * @param name what the file is called, for people
 * @param picture the file's pixels, by the platform's decoder
 * @throws UserError where the file is no such prompt
 */
export function readPromptPng(name: string, bytes: Uint8Array, picture: RgbImage): ReadPrompt {
  const saved = savedSchema.safeParse(parsed(textOf(bytes)))
  const S = saved.data?.imageSize
  if (!saved.success || picture.width !== S || picture.height !== S) {
    throw new UserError(
      said`"${name}" is a picture, but not a prompt that this program exported as one.`,
      'Choose the PNG of a prompt of whole steps (eight-bit), as it was exported, or a file of its values.',
    )
  }
  const { settings, scale } = saved.data
  const zero = zeroOf(settings)
  const image = new Float32Array(3 * S * S)
  picture.data.forEach((value, i) => (image[(i % 3) * S * S + Math.floor(i / 3)] = (value - zero) / 255))
  return { settings: directly(settings), imageSize: S, image, scale }
}

function directly(settings: DesignSettings): DesignSettings {
  const common = { space: 'before', clamp: 'eight-bit', init: { kind: 'image' } } as const
  return settings.kind === 'low-rank' ? { kind: 'full', ...common } : { ...settings, ...common }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** The text under our keyword; null where there is none. */
function textOf(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const latin = new TextDecoder('latin1')
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    if (at + 12 + length > bytes.length) return null
    const type = latin.decode(bytes.subarray(at + 4, at + 8))
    if (type === 'tEXt' && length <= MOST_TEXT) {
      const text = latin.decode(bytes.subarray(at + 8, at + 8 + length))
      if (text.startsWith(`${KEYWORD}\0`)) return text.slice(KEYWORD.length + 1)
    }
    at += 12 + length
  }
  return null
}
