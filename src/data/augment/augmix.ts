/**
 * AugMix (Hendrycks et al. 2020, algorithm 1) as the code of test-time prompt tuning has it (TPT, data/datautils.py): three
 * chains of one to three operations, mixed by Dirichlet weights, then with the picture itself by a Beta weight. Mixed after
 * normalisation.
 *
 *   view = m n(x) + (1 - m) sum_i w_i n(chain_i(x))      w ~ Dirichlet(1,1,1), m ~ Beta(1,1), n(x) = (x/255 - mean) / std
 */
import type { Random } from '../random'
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

const CHAINS = 3
const DEEPEST = 3

/** float32 planes [3,S,S] of uint8 ones. */
export type Normalise = (pixels: Uint8Array) => Float32Array

type Operation = (image: Uint8Array, severity: number, random: Random) => Uint8Array

/** Strength of one use: uniform in [0.1, severity), of 10. */
const level = (severity: number, random: Random) => 0.1 + (severity - 0.1) * random.uniform()
const whole = (severity: number, most: number, random: Random) => Math.trunc((level(severity, random) * most) / 10)
const signed = (value: number, random: Random) => (random.uniform() > 0.5 ? -value : value)
const third = (image: Uint8Array) => Math.sqrt(image.length / 3) / 3

/** In the order of the reference code, which draws one of them by its place. */
export const OPERATIONS: readonly Operation[] = [
  (image) => autocontrast(image),
  (image) => equalize(image),
  (image, severity, random) => posterize(image, 4 - whole(severity, 4, random)),
  (image, severity, random) => rotate(image, signed(whole(severity, 30, random), random)),
  (image, severity, random) => solarize(image, 256 - whole(severity, 256, random)),
  (image, severity, random) => shearX(image, signed((level(severity, random) * 0.3) / 10, random)),
  (image, severity, random) => shearY(image, signed((level(severity, random) * 0.3) / 10, random)),
  (image, severity, random) => translateX(image, signed(whole(severity, third(image), random), random)),
  (image, severity, random) => translateY(image, signed(whole(severity, third(image), random), random)),
]

/** @param image uint8 planes [3,S,S]; @param severity 1 in TPT @returns float32 planes [3,S,S], normalised */
export function augmix(image: Uint8Array, normalise: Normalise, random: Random, severity = 1): Float32Array {
  const draws = Array.from({ length: CHAINS }, () => -Math.log(1 - random.uniform()))
  const sum = draws.reduce((all, one) => all + one, 0)
  const own = Math.fround(random.uniform())
  const mixed = normalise(image).map((value) => own * value)
  for (const draw of draws) {
    let chain = image
    for (let depth = 1 + random.below(DEEPEST); depth > 0; depth--) {
      chain = OPERATIONS[random.below(OPERATIONS.length)]!(chain, severity, random)
    }
    const weight = (1 - own) * Math.fround(draw / sum)
    normalise(chain).forEach((value, i) => (mixed[i]! += weight * value))
  }
  return mixed
}
