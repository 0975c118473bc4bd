/**
 * Marks drawn on pictures: how much of each pixel a mark covers and how much of it lies inside, by 8 x 8 points a pixel; grey and
 * blurred pictures for what lies outside. Plain arrays, no tfjs.
 *
 *   x' = (1 - a l) (n x + (1 - n) e(x)) + a l k      l covered by the line or block, n inside, e grey or blurred, a opacity, k colour
 *
 * Legend: S image side; pictures are float32 [3,S,S], RGB, in [0, 1].
 */

export type MarkShape = 'circle' | 'box' | 'block'

export interface MarkPlace {
  readonly shape: MarkShape
  /** Left, top, right and bottom, of 0 to 1. */
  readonly box: readonly [number, number, number, number]
  /** Width of a line, of the side. */
  readonly lineFraction: number
}

export interface Coverage {
  /** Share of each pixel that is painted, [S,S]. */
  readonly painted: Float32Array
  /** Share of each pixel that lies inside of the mark, its line included, [S,S]. */
  readonly inside: Float32Array
}

const POINTS = 8

export function coverageOf({ shape, box, lineFraction }: MarkPlace, imageSize: number): Coverage {
  const [left, top, right, bottom] = box.map((at) => at * imageSize) as [number, number, number, number]
  const line = lineFraction * imageSize
  const within = shape === 'circle' ? inEllipse : inBox
  const hole = [left + line, top + line, right - line, bottom - line] as const
  const painted = new Float32Array(imageSize ** 2)
  const inside = new Float32Array(imageSize ** 2)
  const share = 1 / POINTS ** 2
  for (let i = 0; i < imageSize ** 2; i++) {
    for (let p = 0; p < POINTS ** 2; p++) {
      const x = (i % imageSize) + ((p % POINTS) + 0.5) / POINTS
      const y = Math.floor(i / imageSize) + (Math.floor(p / POINTS) + 0.5) / POINTS
      if (!within(x, y, left, top, right, bottom)) continue
      inside[i]! += share
      if (shape === 'block' || !within(x, y, ...hole)) painted[i]! += share
    }
  }
  return { painted, inside }
}

type Within = (x: number, y: number, left: number, top: number, right: number, bottom: number) => boolean

const inBox: Within = (x, y, left, top, right, bottom) => x >= left && x < right && y >= top && y < bottom

const inEllipse: Within = (x, y, left, top, right, bottom) => {
  if (right <= left || bottom <= top) return false
  const across = (2 * x - left - right) / (right - left)
  const down = (2 * y - top - bottom) / (bottom - top)
  return across * across + down * down <= 1
}

/** The luma of ITU-R 601 in all three channels, as Pillow's `convert('L')` without its rounding. */
export function greyed(picture: Float32Array): Float32Array {
  const plane = picture.length / 3
  const grey = new Float32Array(picture.length)
  for (let i = 0; i < plane; i++) {
    const luma = 0.299 * picture[i]! + 0.587 * picture[plane + i]! + 0.114 * picture[2 * plane + i]!
    for (let c = 0; c < 3; c++) grey[c * plane + i] = luma
  }
  return grey
}

/** Convolved with a Gaussian, cut at three deviations; the edge is repeated. @param deviation pixels */
export function blurred(picture: Float32Array, deviation: number): Float32Array {
  const side = Math.sqrt(picture.length / 3)
  const reach = Math.floor(3 * deviation + 0.5)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / deviation) ** 2))
  const sum = weights.reduce((all, one) => all + one, 0)
  const kernel = Float64Array.from(weights, (one) => one / sum)
  return along(along(picture, side, kernel, 1, side), side, kernel, side, 1)
}

/** One of the two directions: `step` to the neighbour along it, `across` to the next line. */
function along(picture: Float32Array, side: number, kernel: Float64Array, step: number, across: number): Float32Array {
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(picture.length)
  for (let line = 0; line < 3 * side; line++) {
    const from = Math.floor(line / side) * side * side + (line % side) * across
    for (let i = 0; i < side; i++) {
      let value = 0
      for (let k = 0; k < kernel.length; k++) {
        const at = Math.min(side - 1, Math.max(0, i + k - reach))
        value += kernel[k]! * picture[from + at * step]!
      }
      out[from + i * step] = value
    }
  }
  return out
}

/** @param colour RGB in [0, 1] @param effect the picture as it is outside of the mark; null where it stays */
export function marked(
  picture: Float32Array,
  { painted, inside }: Coverage,
  colour: readonly number[],
  opacity: number,
  effect: Float32Array | null,
): Float32Array {
  const plane = painted.length
  return picture.map((value, i) => {
    const at = i % plane
    const behind = effect ? inside[at]! * value + (1 - inside[at]!) * effect[i]! : value
    const paint = opacity * painted[at]!
    return (1 - paint) * behind + paint * colour[Math.floor(i / plane)]!
  })
}
