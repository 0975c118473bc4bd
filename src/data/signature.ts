/**
 * What a picture looks like in 264 bytes: two pictures of nearly the same signature are nearly the same picture, however
 * they were scaled or packed. A difference hash finds candidates fast; a small grey copy tells whether they are alike.
 */
import type { RgbImage } from './decode'

/** Side of the grey copy. */
export const GREY_SIDE = 16

export interface Signature {
  /** Difference hash (dHash): 64 bits, whether each of 8 x 8 places is darker than its right neighbour. Low word, high word. */
  readonly hash: readonly [number, number]
  /** The whole picture squashed to 16 x 16, luma, uint8 [256]. */
  readonly grey: Uint8Array
}

/** Points looked at along each side of a cell: enough to average noise away, and few for large pictures. */
const POINTS = 12

export function signatureOf(image: RgbImage): Signature {
  const columns = luma(image, 9, 8)
  let low = 0
  let high = 0
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      if (columns[y * 9 + x]! >= columns[y * 9 + x + 1]!) continue
      const bit = y * 8 + x
      if (bit < 32) low |= 1 << bit
      else high |= 1 << (bit - 32)
    }
  }
  const grey = luma(image, GREY_SIDE, GREY_SIDE)
  return { hash: [low >>> 0, high >>> 0], grey: Uint8Array.from(grey, Math.round) }
}

/** Mean luma (ITU-R BT.601) of each cell of a grid laid over the picture, [rows, columns], 0 to 255. */
function luma({ width, height, data }: RgbImage, columns: number, rows: number): Float64Array {
  const out = new Float64Array(columns * rows)
  const across = Array.from({ length: columns }, (_, column) => points(column, columns, width))
  for (let row = 0; row < rows; row++) {
    const ys = points(row, rows, height)
    for (let column = 0; column < columns; column++) {
      const xs = across[column]!
      let sum = 0
      for (const y of ys) {
        for (const x of xs) {
          const at = (y * width + x) * 3
          sum += 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
        }
      }
      out[row * columns + column] = sum / (ys.length * xs.length)
    }
  }
  return out
}

/** Pixels that stand for a cell along one side, at least one. */
function points(cell: number, cells: number, length: number): number[] {
  const from = Math.floor((cell * length) / cells)
  const to = Math.max(from + 1, Math.floor(((cell + 1) * length) / cells))
  const step = Math.max(1, (to - from) / POINTS)
  const found: number[] = []
  for (let at = from + step / 2; at < to; at += step) found.push(Math.min(length - 1, Math.floor(at)))
  return found.length > 0 ? found : [Math.min(length - 1, from)]
}
