/**
 * Pictures made worse in known ways, for testing on a shift that nothing was learned on. Three are those of ImageNet-C
 * (Hendrycks and Dietterich 2019; hendrycks/robustness, make_imagenet_c.py) with its five severities, on uint8 planes [3,S,S]:
 *
 *   gaussian-noise   x + N(0, c²)                    c = .08 .12 .18 .26 .38 of the range
 *   gaussian-blur    of deviation c                  c = 1 2 3 4 6 of 224 pixels, reflected at the edge as SciPy's
 *   contrast         (x - m) c + m, m the mean of a channel      c = .4 .3 .2 .1 .05
 *
 * and two are shifts of style: grey (ITU-R 601 luma, all or nothing) and inverted (255 - x).
 */
import { z } from 'zod'
import { Random } from './random'
import { seedFor } from './split'
import type { ImageSet } from './task'

export const corruptionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['gaussian-noise', 'gaussian-blur', 'contrast']),
    /** 1 to 5, as ImageNet-C counts. */
    severity: z.int().min(1).max(5),
  }),
  z.strictObject({ kind: z.enum(['grey', 'inverted']) }),
])
export type Corruption = z.infer<typeof corruptionSchema>

export const corruptionName = (corruption: Corruption): string =>
  'severity' in corruption ? `${corruption.kind} ${corruption.severity}` : corruption.kind

const NOISE = [0.08, 0.12, 0.18, 0.26, 0.38] as const
/** Pixels of a picture of `BLUR_SIDE`. */
const BLUR = [1, 2, 3, 4, 6] as const
const BLUR_SIDE = 224
const CONTRAST = [0.4, 0.3, 0.2, 0.1, 0.05] as const

/** @param random of the noise */
export function corrupted(image: Uint8Array, corruption: Corruption, random: Random): Uint8Array {
  const side = Math.sqrt(image.length / 3)
  switch (corruption.kind) {
    case 'gaussian-noise': {
      const c = 255 * NOISE[corruption.severity - 1]!
      return cut(image, (value) => value + c * random.normal())
    }
    case 'gaussian-blur':
      return blurred(image, side, (BLUR[corruption.severity - 1]! * side) / BLUR_SIDE)
    case 'contrast': {
      const c = CONTRAST[corruption.severity - 1]!
      const means = [0, 1, 2].map((channel) => meanOf(image.subarray(channel * side ** 2, (channel + 1) * side ** 2)))
      return cut(
        image,
        (value, i) => (value - means[Math.floor(i / side ** 2)]!) * c + means[Math.floor(i / side ** 2)]!,
      )
    }
    case 'grey': {
      const [r, g, b] = [0, 1, 2].map((channel) => image.subarray(channel * side ** 2)) as [Uint8Array, Uint8Array, Uint8Array] // prettier-ignore
      return cut(image, (_, i) => luma(r[i % side ** 2]!, g[i % side ** 2]!, b[i % side ** 2]!))
    }
    case 'inverted':
      return image.map((value) => 255 - value)
  }
}

/** The set with every picture made worse; the same picture always in the same way. */
export function corruptedSet(set: ImageSet, corruption: Corruption, imageSize: number): ImageSet {
  const whole = new Uint8Array(3 * imageSize ** 2)
  const name = corruptionName(corruption)
  return {
    ...{ count: set.count, labels: set.labels, paths: set.paths },
    // Of other pixels than those that were read: no digest of an untouched picture may stand for them.
    digests: set.digests.map((digest) => `${digest} ${name}`),
    read(index, into) {
      set.read(index, whole)
      into.set(corrupted(whole, corruption, new Random(seedFor(0, set.digests[index]!))))
    },
  }
}

const luma = (r: number, g: number, b: number) => (299 * r + 587 * g + 114 * b) / 1000

const meanOf = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length

/** As their code brings [0, 1] back to bytes: cut, then the fraction left off. */
const cut = (image: Uint8Array, change: (value: number, index: number) => number): Uint8Array =>
  image.map((value, i) => Math.floor(Math.min(255, Math.max(0, change(value, i))) + 1e-9))

/** Separable, to four deviations as SciPy's gaussian_filter, mirrored with the edge repeated ("reflect"). */
function blurred(image: Uint8Array, side: number, deviation: number): Uint8Array {
  const reach = Math.floor(4 * deviation + 0.5)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / deviation) ** 2))
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const within = (at: number) => {
    const period = 2 * side
    const folded = ((at % period) + period) % period
    return folded < side ? folded : period - 1 - folded
  }
  const along = (values: Float64Array, step: number, line: (n: number) => number): Float64Array => {
    const out = new Float64Array(values.length)
    for (let n = 0; n < 3 * side; n++) {
      const start = line(n)
      for (let at = 0; at < side; at++) {
        let total = 0
        for (let k = -reach; k <= reach; k++) total += weights[k + reach]! * values[start + within(at + k) * step]!
        out[start + at * step] = total / sum
      }
    }
    return out
  }
  const rows = along(Float64Array.from(image), 1, (n) => n * side)
  const columns = along(rows, side, (n) => Math.floor(n / side) * side ** 2 + (n % side))
  return cut(image, (_, i) => columns[i]!)
}
