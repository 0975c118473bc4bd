/** The page of differentiable operators, made from the table of rules: it cannot promise what is not there. */
import type { Rules } from '../../src/gradient/rule'
import { activation } from '../../src/gradient/rules/activation'
import { arithmetic } from '../../src/gradient/rules/arithmetic'
import { convolution } from '../../src/gradient/rules/convolution'
import { RULES } from '../../src/gradient/rules/index'
import { indexing } from '../../src/gradient/rules/indexing'
import { layout } from '../../src/gradient/rules/layout'
import { loss } from '../../src/gradient/rules/loss'
import { matmul } from '../../src/gradient/rules/matmul'
import { normalisation } from '../../src/gradient/rules/normalisation'
import { pooling } from '../../src/gradient/rules/pooling'
import { quantisation } from '../../src/gradient/rules/quantisation'
import { reduction } from '../../src/gradient/rules/reduction'
import { selection } from '../../src/gradient/rules/selection'

const FAMILIES: readonly [string, string, Rules][] = [
  ['Arithmetic', 'arithmetic', arithmetic],
  ['Activations', 'activation', activation],
  ['Selections and casts', 'selection', selection],
  ['Softmax and reductions', 'reduction', reduction],
  ['Normalisations', 'normalisation', normalisation],
  ['Matrix products', 'matmul', matmul],
  ['Convolutions', 'convolution', convolution],
  ['Pooling', 'pooling', pooling],
  ['Layout', 'layout', layout],
  ['Picking elements', 'indexing', indexing],
  ['Weight-only quantisation', 'quantisation', quantisation],
  ['Loss heads', 'loss', loss],
]

const PATTERN = 'pattern.'

/** Markdown of docs/operators.md. */
export function operatorsPage(): string {
  const rows = FAMILIES.map(([title, file, rules]) => {
    const names = Object.keys(rules)
    const operators = names.filter((n) => !n.startsWith(PATTERN))
    const patterns = names.filter((n) => n.startsWith(PATTERN)).map((n) => n.slice(PATTERN.length))
    const link = `[${file}.ts](../src/gradient/rules/${file}.ts)`
    const list = (items: readonly string[]) => items.map((n) => `\`${n}\``).join(', ')
    return `| ${title} | ${list(operators)} | ${list(patterns)} | ${link} |`
  })
  const listed = FAMILIES.flatMap(([, , rules]) => Object.keys(rules))
  const missing = Object.keys(RULES).filter((name) => !listed.includes(name))
  if (missing.length > 0) throw new Error(`tools/docs/operators-page.ts leaves out ${missing.join(', ')}`)
  return [
    '# Operators that have a gradient',
    '',
    'Written by `node scripts/run-ts.mjs tools/docs/operators.ts` from the rules themselves; a test compares.',
    '',
    'ONNX operator sets 11 to 20 are read. Each rule has its equation in the header of its file, and is checked against',
    'finite differences in float64 (relative error below 1e-6) over random shapes, axes, broadcasts and attributes.',
    'Patterns are operators that exporters write as several nodes; they are differentiated as a whole. `Dropout` is the',
    'identity at inference. Fused and quantised operators are rewritten first ([exports.md](exports.md)). Anything else on',
    'the way to a wanted gradient is refused by name before a session is made.',
    '',
    '| Family | Operators | Patterns | Rules |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
