/** Every rule has a proof, every operator of the first release has a rule, and the printed list of them is true. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/gradient/rules/index'
import { exportsPage } from '../../tools/docs/exports-page'
import { operatorsPage } from '../../tools/docs/operators-page'
import { activationCases } from './cases/activation'
import { arithmeticCases } from './cases/arithmetic'
import { layoutCases } from './cases/layout'
import { normalisationCases } from './cases/normalisation'
import { productCases } from './cases/products'
import { reductionCases } from './cases/reduction'
import { selectionCases } from './cases/selection'

/** Steps that only loss heads make: heads.test.ts. */
const OF_HEADS = ['pattern.CrossEntropy', 'pattern.L2Normalise']

// prettier-ignore
const FIRST_RELEASE = [
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Sqrt', 'Exp', 'Log', 'Neg', 'Abs', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'Clip', 'Where',
  'Softmax', 'LogSoftmax', 'ReduceSum', 'ReduceMean', 'ReduceMax', 'LayerNormalization', 'pattern.LayerNormCore',
  'com.microsoft.QuickGelu', 'pattern.QuickGelu', 'Gelu', 'pattern.GeluErf', 'pattern.GeluTanh', 'MatMul', 'Gemm', 'Conv',
  'BatchNormalization', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze',
  'Transpose', 'Expand', 'Concat', 'Split', 'Slice', 'Gather', 'GatherND', 'Pad', 'Cast', 'Identity', 'DequantizeLinear',
  'HardSwish', 'HardSigmoid',
]

const proved = new Set([
  ...[activationCases, arithmeticCases, layoutCases, normalisationCases, productCases, reductionCases, selectionCases]
    .flat()
    .map((c) => c.rule),
  ...OF_HEADS,
])

describe('rules', () => {
  it('are each proved against finite differences', () => {
    expect([...proved].sort()).toEqual(Object.keys(RULES).sort())
  })

  it('cover what the first release promises', () => {
    expect(FIRST_RELEASE.filter((op) => !(op in RULES))).toEqual([])
  })

  it('are listed in docs/operators.md (`node scripts/run-ts.mjs tools/docs/operators.ts` writes it)', () => {
    expect(readFileSync(new URL('../../docs/operators.md', import.meta.url), 'utf8')).toBe(operatorsPage())
  })

  it('and exports are described in docs/exports.md (`node scripts/run-ts.mjs tools/docs/exports.ts` writes it)', () => {
    expect(readFileSync(new URL('../../docs/exports.md', import.meta.url), 'utf8')).toBe(exportsPage())
  })
})
