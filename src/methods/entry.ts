/**
 * Where a prompt enters the graph of a frozen classifier.
 *
 *   delta    the graph takes the pictures as they are and adds one image [1,3,S,S] to all of them. Its gradient is summed over
 *            the rows as early as that is exact, so that it costs less than a gradient for each picture.
 *   pixels   the graph takes prompted pictures [B,3,S,S] and gives a gradient for each: for prompts that are more than a sum,
 *            or not the same for every picture.
 *
 * Legend: B rows of a run, S image side.
 */
import { crossEntropyHead } from '../gradient/heads'
import type { TrainingGraphOptions } from '../gradient/training'

export type Entry = 'delta' | 'pixels'

/**
 * What becomes of the encoder's output. fixed: the classes' logits alone. open: the encoder's output is given too, a bias is
 * added to the logits, and the gradients of class embeddings and bias are given: for mappings that are found or learned.
 */
export type HeadKind = 'fixed' | 'open'

/** Graph inputs of an open head. */
export const HEAD_INPUTS = { weights: 'class_embeddings', bias: 'class_bias' } as const

/** Graph input of what is added, float32 [1,3,S,S]. */
export const DELTA = 'delta'

export interface EncoderShape {
  /** Names of the pixels and of the encoder's output. */
  readonly input: string
  readonly output: string
  readonly normalise: boolean
  /** S */
  readonly imageSize: number
  readonly classes: number
}

/** The training graph of a classifier, open to a prompt there. @param rows B */
export function trainingOptions(
  encoder: EncoderShape,
  rows: number,
  entry: Entry,
  headKind: HeadKind = 'fixed',
): TrainingGraphOptions {
  const { input, output, imageSize: S, classes, normalise } = encoder
  const inputs = { [input]: [rows, 3, S, S] }
  const open = headKind === 'open'
  const head = crossEntropyHead({ classes, normalise, open })
  const common = { inputs, output, head, lossScale: 'input' } as const
  const ofHead = open ? Object.values(HEAD_INPUTS) : []
  return entry === 'pixels'
    ? { ...common, wrt: [input, ...ofHead] }
    : { ...common, wrt: [DELTA, ...ofHead], additive: { input, delta: DELTA } }
}
