/** One frame of a camera under the border: which part of it is shown, and what is added to its pixels. Pure. */
import type { Region } from '../../lab/protocol-look'

export interface Square {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The part that the model is given; until that is known, the largest square in the middle. null while there is no frame. */
export function sourceSquare(width: number, height: number, region: Region | null): Square | null {
  if (!(width > 0 && height > 0)) return null
  if (region) {
    const { left, top, width: w, height: h } = region
    return { x: left * width, y: top * height, width: w * width, height: h * height }
  }
  const side = Math.min(width, height)
  return { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side }
}

/** What a border adds to each channel of each pixel, in steps of 1/255: 255 strength prompt std; RGBA order, [S*S*4]. */
export function borderOffsets(
  prompt: Float32Array | null,
  side: number,
  strength: number,
  std: readonly number[],
): Float32Array {
  const plane = side * side
  const offsets = new Float32Array(4 * plane)
  if (prompt?.length !== 3 * plane) return offsets
  for (let c = 0; c < 3; c++) {
    const scale = 255 * strength * (std[c] ?? 1)
    for (let i = 0; i < plane; i++) offsets[4 * i + c] = scale * prompt[c * plane + i]!
  }
  return offsets
}

/** Adds in place; the array rounds and clamps. */
export function addBorder(rgba: Uint8ClampedArray, offsets: Float32Array): void {
  for (let i = 0; i < rgba.length; i++) rgba[i] = rgba[i]! + offsets[i]!
}
