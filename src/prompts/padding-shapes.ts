/** Names, order and shapes of the padding prompt's tensors; apart from the prompt itself so that files of it need no tfjs. */

/** Parameter names and order of the reference checkpoint's `state_dict`. */
export const PADDING_NAMES = ['pad_up', 'pad_down', 'pad_left', 'pad_right'] as const
export type PaddingName = (typeof PADDING_NAMES)[number]

export interface PaddingGeometry {
  /** S, side of the square images in pixels. */
  readonly imageSize: number
  /** p, width of the border in pixels: 1 <= p < S/2. */
  readonly width: number
}

/** Shapes of the four tensors. Throws on a width that leaves no picture inside. */
export function paddingShapes(geometry: PaddingGeometry): Record<PaddingName, [number, number, number, number]> {
  const { imageSize: S, width: p } = geometry
  if (!Number.isInteger(p) || p < 1 || 2 * p >= S) throw new Error(`border of ${p} pixels on an image of ${S} pixels`)
  return {
    pad_up: [1, 3, p, S],
    pad_down: [1, 3, p, S],
    pad_left: [1, 3, S - 2 * p, p],
    pad_right: [1, 3, S - 2 * p, p],
  }
}

/** Number of learned scalars: 12 p (S - p); 69,840 at p = 30, S = 224. */
export function paddingParameterCount({ imageSize: S, width: p }: PaddingGeometry): number {
  return 12 * p * (S - p)
}
