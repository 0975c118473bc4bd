/**
 * Designs of pixel prompts as plain data: which pixels are learned, in which units, and whether what comes out is a legal
 * picture. Sizes are fractions of the image side, so that one setting means the same on every model (design-sizes.ts makes
 * pixels of them). Needs no tfjs.
 */
import { z } from 'zod'

const fraction = z.number().gt(0).max(1)

const common = {
  /**
   * Units of the learned values. after: added to the normalised picture, 1 = one std of a channel (VP, ILM-VP). before: added
   * in [0, 1] and normalised with it (EVP, AutoVP on CLIP, LoR-VP). sigmoid: as before, of sigmoid(value) (AR, AttrVR).
   */
  space: z.enum(['after', 'before', 'sigmoid']),
  /**
   * none: whatever the sum is (all reference codes but BlackVIP's). legal: cut to the pixels that a picture can have.
   * eight-bit: rounded to whole steps of 1/255 too, straight-through in the gradient; the exported PNG is then the prompt.
   */
  clamp: z.enum(['none', 'legal', 'eight-bit']),
  /** Where learning starts. normal: N(0, deviation²) in units of `space`. file, image: what is handed over with the settings. */
  init: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('zero') }),
    z.strictObject({ kind: z.literal('normal'), deviation: z.number().positive() }),
    z.strictObject({ kind: z.literal('file') }),
    z.strictObject({ kind: z.literal('image') }),
  ]),
}

export const designSettingsSchema = z.discriminatedUnion('kind', [
  /** A border over the outermost pixels. */
  z.strictObject({ kind: z.literal('padding'), borderFraction: z.number().gt(0).lt(0.5), ...common }),
  /** A square over the picture; top and left of 0 to 1, of the way that is left to it. */
  z.strictObject({
    kind: z.literal('fixed-patch'),
    sizeFraction: fraction,
    top: z.number().min(0).max(1),
    left: z.number().min(0).max(1),
    ...common,
  }),
  /** A square at a new place at every run of the graph: one for all its pictures, or one each. */
  z.strictObject({
    kind: z.literal('random-patch'),
    sizeFraction: fraction,
    offsets: z.enum(['shared', 'per-image']),
    ...common,
  }),
  /** Every pixel. */
  z.strictObject({ kind: z.literal('full'), ...common }),
  /** The picture shrunk to innerFraction of the side, on black; the prompt in what is left. */
  z.strictObject({
    kind: z.literal('frame'),
    innerFraction: z.number().gt(0).lt(1),
    /** Speed of the learned scale: scale = 1 + scaleRate * scale parameter. null: the scale is not learned. */
    scaleRate: z.number().positive().nullable(),
    /** Added to the picture itself, in [0, 1]; nothing where it is not named. */
    innerAdded: z.number().min(0).max(1).optional(),
    ...common,
  }),
  /** Every pixel, as a product of two thin matrices for each channel. */
  z.strictObject({ kind: z.literal('low-rank'), rank: z.int().positive(), ...common }),
])
export type DesignSettings = z.infer<typeof designSettingsSchema>
export type DesignKind = DesignSettings['kind']
export type DesignOf<K extends DesignKind> = Extract<DesignSettings, { kind: K }>

const NORMALISED = { space: 'after', clamp: 'none' } as const
const UNIT_NORMAL = { kind: 'normal', deviation: 1 } as const
const ZERO = { kind: 'zero' } as const

/** 30 pixels of 224, the border of Bahng et al. 2022. */
export const PAPER_BORDER = 30 / 224

/** As the papers' code has them, at 224 pixels; sources in docs/methods.md. */
export const PUBLISHED_DESIGNS = {
  /** Bahng et al. 2022, models/prompters.py: three designs. */
  vp: { kind: 'padding', borderFraction: 30 / 224, ...NORMALISED, init: UNIT_NORMAL },
  'vp-fixed-patch': { kind: 'fixed-patch', sizeFraction: 30 / 224, top: 0, left: 0, ...NORMALISED, init: UNIT_NORMAL },
  'vp-random-patch': {
    kind: 'random-patch',
    sizeFraction: 30 / 224,
    offsets: 'shared',
    ...NORMALISED,
    init: UNIT_NORMAL,
  },
  /** Chen et al. 2023, models/visual_prompt.py, AdditiveVisualPrompt. */
  'ilm-vp': { kind: 'padding', borderFraction: 30 / 224, ...NORMALISED, init: ZERO },
  /** Wu et al. 2024, main.py. */
  evp: { kind: 'frame', innerFraction: 164 / 224, scaleRate: null, space: 'before', clamp: 'none', init: ZERO },
  /** Cai et al. 2025: 16 pixels around 192. Sigmoid of 0 begins as grey. */
  attrvr: { kind: 'frame', innerFraction: 192 / 224, scaleRate: null, space: 'sigmoid', clamp: 'none', init: ZERO },
  /** Tsao et al. 2024, auto_vp/programs.py, on CLIP. */
  autovp: { kind: 'frame', innerFraction: 128 / 224, scaleRate: 0.01, space: 'before', clamp: 'none', init: ZERO },
  /**
   * Elsayed et al. 2019 as Prinsphield/Adversarial_Reprogramming has it (main.py, config.py): 28 of 224 pixels, and the sigmoid of the
   * mask's zero, a half, added to the picture.
   */
  reprogramming: {
    ...{ kind: 'frame', innerFraction: 28 / 224, scaleRate: null, innerAdded: 0.5 },
    ...{ space: 'sigmoid', clamp: 'none', init: UNIT_NORMAL },
  },
  /** Jin et al. 2025, trainer/visual_prompt.py. */
  'lor-vp': { kind: 'low-rank', rank: 4, space: 'before', clamp: 'none', init: ZERO },
} as const satisfies Record<string, DesignSettings>
