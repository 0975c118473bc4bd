/** All differentiation rules by operator: the coverage table. Keys are `op`, `domain.op` or `pattern.name`. */
import type { Node } from '../../onnx/model'
import type { Rule, Rules } from '../rule'
import { activation } from './activation'
import { arithmetic } from './arithmetic'
import { convolution } from './convolution'
import { indexing } from './indexing'
import { layout } from './layout'
import { matmul } from './matmul'
import { normalisation } from './normalisation'
import { pooling } from './pooling'
import { quantisation } from './quantisation'
import { reduction } from './reduction'
import { selection } from './selection'
import { loss } from './loss'

export const RULES: Rules = {
  ...arithmetic,
  ...activation,
  ...selection,
  ...reduction,
  ...normalisation,
  ...matmul,
  ...convolution,
  ...pooling,
  ...layout,
  ...indexing,
  ...quantisation,
  ...loss,
}

export function ruleFor(node: Node): Rule | undefined {
  return RULES[node.domain === '' ? node.op : `${node.domain}.${node.op}`]
}
