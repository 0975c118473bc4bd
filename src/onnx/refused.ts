/** Operators that are known and refused: what stands in the way of learning, and what to take instead. */
import type { Node } from './model'
import { describe } from './model'
import { UserError } from '../errors'

export interface Refusal {
  /** The operators in words. */
  readonly operators: string
  readonly of: (key: string) => boolean
  readonly why: string
  readonly remedy: string
}

const OTHER_VARIANT = 'Choose the float32, float16 or dynamically quantised int8 variant of the model.'

const BLOCK_QUANTISED = new Set(
  ['MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4', 'GatherBlockQuantized', 'QMoE'].map((op) => `com.microsoft.${op}`),
)

export const REFUSALS: readonly Refusal[] = [
  {
    operators: [...BLOCK_QUANTISED].map((key) => `\`${key}\``).join(', '),
    of: (key) => BLOCK_QUANTISED.has(key),
    why: 'keeps its weights in blocks of 4 bits, which a gradient cannot be taken through',
    remedy: OTHER_VARIANT,
  },
  {
    operators: '`QLinearMatMul`, `QLinearConv`, `com.microsoft.QGemm` and their like',
    of: (key) => /^(com\.microsoft\.)?(QLinear\w+|QGemm|QOrdered\w+)$/.test(key),
    why: 'rounds activations to 8 bits at fixed scales, which has no exact gradient',
    remedy: OTHER_VARIANT,
  },
  {
    operators: '`com.microsoft.nchwc.*`, `com.ms.internal.nhwc.*`',
    of: (key) => key.startsWith('com.microsoft.nchwc.') || key.startsWith('com.ms.internal.nhwc.'),
    why: 'was written by ONNX Runtime for the layout of one processor',
    remedy: 'Take the model as it was exported, or save it with graph optimisation level "extended" at most.',
  },
]

/** Why a node's operator is refused, if it is one of those. */
export function refusalOf(node: Node): UserError | null {
  const key = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  const found = REFUSALS.find((r) => r.of(key))
  return found ? new UserError(`The operator ${describe(node)} ${found.why}.`, found.remedy) : null
}
