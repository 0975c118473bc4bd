/**
 * Resize to a square as a model's own preprocessing does: CLIP's shorter side to S by bicubic with antialias, then centre
 * crop; for other models bilinear, squashed, or cropped out of a larger picture.
 *
 * The arithmetic is Pillow's (`src/libImaging/Resample.c`, 8 bits per channel): Keys' cubic with a = -0.5 or a triangle,
 * support widened by the scale when shrinking, coefficients rounded to 22-bit fixed point, horizontal pass before vertical,
 * each pass rounded and clipped to uint8. Integers only, so every platform gives the same bytes and the same task
 * fingerprint. Why not ONNX `Resize`: docs/decisions/resize.md.
 */
import { clipResize, type ResizeRule } from '../models/resize-rule'
import type { RgbImage } from './decode'

const PRECISION_BITS = 22
const HALF = 1 << (PRECISION_BITS - 1)

/** Keys' cubic convolution kernel, a = -0.5 (Pillow's BICUBIC). */
function cubic(distance: number): number {
  const a = -0.5
  const x = Math.abs(distance)
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a
  return 0
}

/** Pillow's BILINEAR. */
function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance))
}

/** Kernels and how far they reach, in output pixels of a scale of 1. */
const FILTERS = { bicubic: { kernel: cubic, reach: 2 }, bilinear: { kernel: triangle, reach: 1 } } as const
type Filter = keyof typeof FILTERS

interface Taps {
  /** Taps per output pixel (the widest). */
  readonly width: number
  /** First input pixel of each output pixel. */
  readonly first: Int32Array
  /** Number of taps of each output pixel. */
  readonly count: Int32Array
  /** Fixed-point weights [outputs, width]. */
  readonly weights: Int32Array
}

/** Weights of outputs `from ..< from + length` of a line of `input` pixels resized to `output` pixels. */
function taps(input: number, output: number, from: number, length: number, filter: Filter): Taps {
  const { kernel, reach } = FILTERS[filter]
  const scale = input / output
  const filterScale = Math.max(scale, 1)
  const support = reach * filterScale
  const width = Math.ceil(support) * 2 + 1
  const first = new Int32Array(length)
  const count = new Int32Array(length)
  const weights = new Int32Array(length * width)
  const line = new Float64Array(width)
  for (let i = 0; i < length; i++) {
    const center = (from + i + 0.5) * scale
    const low = Math.max(0, Math.trunc(center - support + 0.5))
    const high = Math.min(input, Math.trunc(center + support + 0.5))
    let sum = 0
    for (let x = low; x < high; x++) {
      const weight = kernel((x - center + 0.5) / filterScale)
      line[x - low] = weight
      sum += weight
    }
    first[i] = low
    count[i] = high - low
    for (let k = 0; k < high - low; k++) {
      const scaled = (line[k]! / sum) * (1 << PRECISION_BITS)
      weights[i * width + k] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    }
  }
  return { width, first, count, weights }
}

function clip8(sum: number): number {
  const value = sum >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** Rows [fromRow, toRow) of an interleaved image of `width` pixels a row, each resized to `out.first.length` pixels. */
function horizontal(source: Uint8Array, width: number, fromRow: number, toRow: number, out: Taps): Uint8Array {
  const { first, count, weights } = out
  const columns = first.length
  const target = new Uint8Array((toRow - fromRow) * columns * 3)
  let at = 0
  for (let row = fromRow; row < toRow; row++) {
    for (let column = 0; column < columns; column++) {
      let pixel = (row * width + first[column]!) * 3
      let weight = column * out.width
      let r = HALF
      let g = HALF
      let b = HALF
      for (let k = count[column]!; k > 0; k--, pixel += 3, weight++) {
        const w = weights[weight]!
        // imul and |0 keep the engine in int32 arithmetic.
        r = (r + Math.imul(source[pixel]!, w)) | 0
        g = (g + Math.imul(source[pixel + 1]!, w)) | 0
        b = (b + Math.imul(source[pixel + 2]!, w)) | 0
      }
      target[at++] = clip8(r)
      target[at++] = clip8(g)
      target[at++] = clip8(b)
    }
  }
  return target
}

/** The same down the columns; `firstRow` is the image row that `source` begins with. */
function vertical(source: Uint8Array, width: number, firstRow: number, out: Taps): Uint8Array {
  const rows = out.first.length
  const stride = width * 3
  const target = new Uint8Array(rows * stride)
  const sums = new Int32Array(stride)
  for (let row = 0; row < rows; row++) {
    sums.fill(HALF)
    const from = out.first[row]! - firstRow
    for (let k = 0; k < out.count[row]!; k++) {
      const w = out.weights[row * out.width + k]!
      const line = (from + k) * stride
      for (let x = 0; x < stride; x++) sums[x]! += Math.imul(source[line + x]!, w)
    }
    for (let x = 0; x < stride; x++) target[row * stride + x] = clip8(sums[x]!)
  }
  return target
}

/** Python's `round`: halves go to the even neighbour, which decides the crop of odd margins. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/**
 * Resizes and crops to planes.
 * @param image interleaved RGB, uint8 [H,W,3]
 * @param size S, pixels
 * @param rule how; CLIP's unless said
 * @returns uint8 [3,S,S]; the very pixels of an image that is already S x S
 */
export function resizeAndCrop(image: RgbImage, size: number, rule: ResizeRule = clipResize(size)): Uint8Array {
  const { width, height } = image
  const shorter = Math.min(width, height)
  // torchvision's Resize(side): the longer side is truncated, not rounded.
  const resized = (length: number) =>
    rule.fit === 'squash' || length === shorter ? rule.side : Math.trunc((rule.side * length) / shorter)
  const [outWidth, outHeight] = [resized(width), resized(height)]
  const left = roundHalfEven((outWidth - size) / 2)
  const top = roundHalfEven((outHeight - size) / 2)

  let pixels = image.data
  if (outWidth === width && outHeight === height) return planes(pixels, width, left, top, size)
  // Only the rows and columns that end inside the crop are computed.
  const down = taps(height, outHeight, top, size, rule.filter)
  const firstRow = down.first[0]!
  const lastRow = down.first[size - 1]! + down.count[size - 1]!
  const across = taps(width, outWidth, left, size, rule.filter)
  pixels = horizontal(pixels, width, firstRow, lastRow, across)
  pixels = vertical(pixels, size, firstRow, down)
  return planes(pixels, size, 0, 0, size)
}

/** The S x S window at (left, top) of an interleaved image, as planes [3,S,S]. */
function planes(source: Uint8Array, width: number, left: number, top: number, size: number): Uint8Array {
  const target = new Uint8Array(3 * size * size)
  const plane = size * size
  for (let y = 0, to = 0; y < size; y++) {
    for (let x = 0, from = ((top + y) * width + left) * 3; x < size; x++, to++, from += 3) {
      target[to] = source[from]!
      target[to + plane] = source[from + 1]!
      target[to + 2 * plane] = source[from + 2]!
    }
  }
  return target
}
