/**
 * Memory of a training step on a frozen classifier, and how many images one run of its graph may hold: a step's gradient is
 * a sum over images, so a batch that needs more is run in parts.
 *
 * Legend: B rows of a run, S image side.
 */
import { crossEntropyHead } from '../gradient/heads'
import { trainingModel } from '../gradient/training'
import type { EngineKind } from '../runtime/engine'
import { graphMemory, HOST, WEBGPU, type GraphMemory } from '../runtime/memory'
import type { OnnxModel } from '../onnx/model'

/** Live memory beside the weights that a run may take, bytes. */
export const ACTIVATION_BUDGET = 0.3e9

/** An encoder, as a frozen classifier has it; its weights are not looked at. */
export interface FrozenShape {
  readonly vision: OnnxModel
  /** Names of the pixels and of the encoder's output. */
  readonly input: string
  readonly output: string
  readonly normalise: boolean
  /** S */
  readonly imageSize: number
  readonly classes: number
}

/**
 * Of one run of the training graph and the prompt's composition around it. Builds the graph: some 10 to 100 ms.
 * @param rows B
 */
export function trainingMemory(frozen: FrozenShape, rows: number, engine: EngineKind = 'webgpu'): GraphMemory {
  const { input, output, imageSize: S, classes, normalise } = frozen
  const { model } = trainingModel(frozen.vision, {
    inputs: { [input]: [rows, 3, S, S] },
    output,
    wrt: [input],
    head: crossEntropyHead({ classes, normalise }),
  })
  const allocator = engine === 'webgpu' ? WEBGPU : HOST
  const memory = graphMemory(model, allocator)
  // The pixels before the prompt is laid on them.
  return { ...memory, activations: memory.activations + 4 * rows * 3 * S * S }
}

/**
 * Rows of a run for batches of so many images: as many as stay within the budget, and so that the parts of a batch are
 * alike, since a part that is not full computes its empty rows too. 1 where not even one image stays within it.
 */
export function rowsWithin(
  frozen: FrozenShape,
  batch: number,
  engine: EngineKind,
  budget: number = ACTIVATION_BUDGET,
): number {
  let rows = batch
  while (rows > 1) {
    const needed = trainingMemory(frozen, rows, engine).activations
    if (needed <= budget) break
    // What is proportionally enough may not be.
    const fewer = Math.max(1, Math.min(rows - 1, Math.floor((rows * budget) / needed)))
    rows = Math.ceil(batch / Math.ceil(batch / fewer))
  }
  return rows
}
