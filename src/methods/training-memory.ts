/**
 * Memory of a training step on a frozen classifier, and how many images one run of its graph may hold: a step's gradient is
 * a sum over images, so a batch that needs more is run in parts.
 *
 * Legend: B rows of a run, S image side.
 */
import { trainingModel } from '../gradient/training'
import { encoderOutline, type EncoderSizes } from '../models/encoder-outline'
import type { GraphMemory, Reckon } from '../runtime/memory'
import type { OnnxModel } from '../onnx/model'
import { trainingOptions, type EncoderShape, type Entry } from './entry'

/** Live memory beside the weights that a run may take, bytes. */
export const ACTIVATION_BUDGET = 0.3e9

/** Rows of a run at most: more make a step no faster, and the answer to a person later. */
export const MOST_ROWS = 64

/** An encoder, as a frozen classifier has it; its weights are not looked at. */
export interface FrozenShape extends EncoderShape {
  readonly vision: OnnxModel
}

/**
 * Of one run of the training graph. Builds the graph: some 10 to 100 ms, and about a second more where the fused engine plans
 * a large one.
 * @param rows B
 * @param reckon the engine's
 */
export function trainingMemory(frozen: FrozenShape, rows: number, reckon: Reckon, entry: Entry = 'delta'): GraphMemory {
  const memory = reckon(trainingModel(frozen.vision, trainingOptions(frozen, rows, entry)).model)
  // The pixels before the prompt is laid on them, which the graph does not see.
  const bare = entry === 'pixels' ? 4 * rows * 3 * frozen.imageSize ** 2 : 0
  return { ...memory, activations: memory.activations + bare }
}

/** How many classes decides next to nothing. */
const OUTLINE_CLASSES = 10

/** Layers that an encoder is reckoned with: each more of them takes what the last one took. */
const FEW_LAYERS = 4

/** Activations, bytes, of an encoder known by its sizes alone: from two of few layers, since large ones take long. */
export function outlineActivations(sizes: EncoderSizes, rows: number, reckon: Reckon): number {
  const { imageSize, layers } = sizes
  const names = { input: 'pixel_values', output: 'image_embeds', normalise: true }
  const at = (count: number) => {
    const vision = encoderOutline({ ...sizes, layers: count })
    return trainingMemory({ vision, ...names, imageSize, classes: OUTLINE_CLASSES }, rows, reckon).activations
  }
  if (layers <= FEW_LAYERS) return at(layers)
  const [few, fewer] = [at(FEW_LAYERS), at(FEW_LAYERS - 1)]
  return few + (few - fewer) * (layers - FEW_LAYERS)
}

/**
 * Rows of a run for batches of so many images: as many as stay within the budget, and so that the parts of a batch are
 * alike, since a part that is not full computes its empty rows too. 1 where not even one image stays within it.
 * @param activations bytes that a run of so many rows holds
 */
export function rowsWithin(
  activations: (rows: number) => number,
  batch: number,
  budget: number = ACTIVATION_BUDGET,
): number {
  let rows = batch
  while (rows > 1) {
    const needed = activations(rows)
    if (needed <= budget) break
    // What is proportionally enough may not be.
    const fewer = Math.max(1, Math.min(rows - 1, Math.floor((rows * budget) / needed)))
    rows = Math.ceil(batch / Math.ceil(batch / fewer))
  }
  return rows
}
