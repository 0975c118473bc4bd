/**
 * TrivialAugment (Müller and Hutter 2021, algorithm 1): one operation drawn from a list, at a strength drawn from 31. The list and
 * strengths are those of its `fixed_standard` space, which ACAVP learns with (s-enmt/ACAVP, augmentations/strategy_augment.py).
 */
import type { Random } from '../random'
import { brightness, colour, contrast, sharpness } from './pillow-enhance'
import {
  autocontrast,
  equalize,
  posterize,
  rotate,
  shearX,
  shearY,
  solarize,
  translateX,
  translateY,
} from './pillow-ops'

/** Strengths 0 to 30. */
const STRENGTHS = 31

/** @param level 0 to 1 */
type Operation = (image: Uint8Array, level: number, random: Random) => Uint8Array

const signed = (value: number, random: Random) => (random.uniform() > 0.5 ? -value : value)
const whole = (level: number, most: number) => Math.trunc(level * most)
const enhancement = (level: number) => 0.1 + 1.8 * level

/** Whole pixels of the 10 of 224 that the code moves by. */
const move = (image: Uint8Array, level: number) => Math.round((level * 10 * Math.sqrt(image.length / 3)) / 224)

export const TRIVIAL_OPERATIONS: readonly Operation[] = [
  (image) => image.slice(),
  (image) => autocontrast(image),
  (image) => equalize(image),
  (image, level, random) => rotate(image, signed(whole(level, 30), random)),
  (image, level) => solarize(image, 256 - whole(level, 256)),
  (image, level) => colour(image, enhancement(level)),
  (image, level) => posterize(image, 8 - whole(level, 4)),
  (image, level) => contrast(image, enhancement(level)),
  (image, level) => brightness(image, enhancement(level)),
  (image, level) => sharpness(image, enhancement(level)),
  (image, level, random) => shearX(image, signed(0.3 * level, random)),
  (image, level, random) => shearY(image, signed(0.3 * level, random)),
  (image, level, random) => translateX(image, signed(move(image, level), random)),
  (image, level, random) => translateY(image, signed(move(image, level), random)),
]

/** @param image uint8 planes [3,S,S] @returns another picture of the same shape */
export function trivialAugment(image: Uint8Array, random: Random): Uint8Array {
  const operation = TRIVIAL_OPERATIONS[random.below(TRIVIAL_OPERATIONS.length)]!
  return operation(image, random.below(STRENGTHS) / (STRENGTHS - 1), random)
}
