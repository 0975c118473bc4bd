/**
 * A square pasted on a picture, turned, scaled and moved, and the gradient of its pixels: the two directions of one linear map.
 *
 *   x'[i] = m_i P_i + (1 - m_i) x[i],   P_i = sum_k w_ik patch[a_ik],   m_i = bilinear of the square's own mask
 *   dpatch[a] = sum_i m_i w_ik dx'[i]   over the pixels i with a_ik = a
 *
 * Bilinear between patch pixels, its edge repeated outward, as far as its mask reaches. Plain arrays, no tfjs.
 * Legend: S image side, p side of the patch; pictures [3,S,S] and patches [3,p,p], channels first.
 */

export interface Pose {
  /** Radians, counter-clockwise as it is seen. */
  readonly angle: number
  readonly scale: number
  /** Pixels to the right, and down. */
  readonly dx: number
  readonly dy: number
}

export const IN_THE_MIDDLE: Pose = { angle: 0, scale: 1, dx: 0, dy: 0 }

/** What of the patch shows in which pixels. */
export interface Pasted {
  /** Pixels [n] of a plane that the patch reaches, and how much of each it covers. */
  readonly pixels: Uint32Array
  readonly masks: Float32Array
  /** Four pixels of the patch behind each, [n,4], and their weights. */
  readonly sources: Uint32Array
  readonly weights: Float32Array
}

export function paste({ angle, scale, dx, dy }: Pose, patchSide: number, imageSize: number): Pasted {
  const p = patchSide
  const start = Math.floor(imageSize / 2) - Math.floor(p / 2)
  const middle = (p - 1) / 2
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const pixels: number[] = []
  const masks: number[] = []
  const sources: number[] = []
  const weights: number[] = []
  for (let row = 0; row < imageSize; row++) {
    for (let column = 0; column < imageSize; column++) {
      const [right, down] = [column - start - middle - dx, row - start - middle - dy]
      const x = (cos * right - sin * down) / scale + middle
      const y = (sin * right + cos * down) / scale + middle
      const mask = reach(x, p) * reach(y, p)
      if (mask === 0) continue
      pixels.push(row * imageSize + column)
      masks.push(mask)
      const [x0, y0] = [Math.floor(x), Math.floor(y)]
      for (const [ix, iy] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        sources.push(inside(y0 + iy, p) * p + inside(x0 + ix, p))
        weights.push((ix ? x - x0 : 1 - x + x0) * (iy ? y - y0 : 1 - y + y0))
      }
    }
  }
  return {
    pixels: Uint32Array.from(pixels),
    masks: Float32Array.from(masks),
    sources: Uint32Array.from(sources),
    weights: Float32Array.from(weights),
  }
}

/** 1 on 0 .. p-1, falling to 0 within one more pixel: an indicator between its samples. */
const reach = (at: number, p: number) => Math.max(0, Math.min(1, at + 1, p - at))
const inside = (at: number, p: number) => Math.min(p - 1, Math.max(0, at))

/** Pastes in place. @param strength what the masks are multiplied with @param into [3,S,S], in the units of the patch */
export function pasteInto(into: Float32Array, patch: Float32Array, pasted: Pasted, strength = 1): void {
  const plane = into.length / 3
  const part = patch.length / 3
  const { pixels, masks, sources, weights } = pasted
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < pixels.length; i++) {
      let value = 0
      for (let k = 4 * i; k < 4 * i + 4; k++) value += weights[k]! * patch[c * part + sources[k]!]!
      const at = c * plane + pixels[i]!
      const mask = strength * masks[i]!
      into[at] = mask * value + (1 - mask) * into[at]!
    }
  }
}

/** Adds the gradient of the patch. @param dPicture [3,S,S] @param into [3,p,p] */
export function addPatchGradient(into: Float64Array, dPicture: Float32Array, pasted: Pasted): void {
  const plane = dPicture.length / 3
  const part = into.length / 3
  const { pixels, masks, sources, weights } = pasted
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < pixels.length; i++) {
      const d = masks[i]! * dPicture[c * plane + pixels[i]!]!
      for (let k = 4 * i; k < 4 * i + 4; k++) into[c * part + sources[k]!]! += weights[k]! * d
    }
  }
}
