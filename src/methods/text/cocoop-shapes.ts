/**
 * The tensors of CoCoOp by their names and shapes, as its authors' checkpoints have them.
 * Legend: M places, W width of a token, D embedding dimensions, H = D/16 hidden units.
 */

/** In the order of their module. */
export const COCOOP_NAMES = [
  'ctx',
  'meta_net.linear1.weight',
  'meta_net.linear1.bias',
  'meta_net.linear2.weight',
  'meta_net.linear2.bias',
] as const

/** H */
export const hiddenUnits = (D: number): number => Math.max(1, Math.floor(D / 16))

/** Shapes by name, of a context [M,W] and embeddings of D numbers. */
export function cocoopShapes(
  M: number,
  W: number,
  D: number,
  H = hiddenUnits(D),
): Readonly<Record<string, readonly number[]>> {
  const shapes = [[M, W], [H, D], [H], [W, H], [W]]
  return Object.fromEntries(COCOOP_NAMES.map((name, i) => [name, shapes[i]!]))
}
