/** The page of export dialects, made from the options that the tests go through and the tables that the program rewrites by. */
import { FUSED_OPERATORS } from '../../src/onnx/fused'
import { REFUSALS } from '../../src/onnx/refused'
import { OLDEST_OPSET } from '../../src/onnx/upgrade'
import { INTEGER_OPERATORS } from '../../src/onnx/weight-only'
import type { Dialect } from '../../tests/support/export-dialects'
import { DIALECT_OPTIONS } from '../../tests/support/export-dialects'

/** What each option of the generator is, and each of its values. */
const OPTIONS: { readonly [K in keyof Dialect]: readonly [string, Readonly<Record<`${Dialect[K]}`, string>> | null] } =
  {
    opset: ['Operator set', null],
    exporter: ['Exporter', { torchscript: "PyTorch's TorchScript exporter", dynamo: "PyTorch's dynamo exporter" }],
    attention: [
      'Attention',
      {
        bmm: '3-D products, scale on q',
        eager: '4-D, scale on the scores',
        sdpa: '`scaled_dot_product_attention`, scale on q and k',
        mha: '`nn.MultiheadAttention`, tokens first',
      },
    ],
    qkv: ['q, k, v', { apart: 'a product each', split: 'one product and Split', slice: 'one product and Slice' }],
    norm: ['LayerNorm', { decomposed: 'nine nodes', operator: '`LayerNormalization`' }],
    activation: ['Activation', { quick_gelu: 'QuickGELU', gelu: 'GELU', gelu_tanh: 'GELU by tanh' }],
    gelu: ['GELU as', { decomposed: 'nodes', operator: '`Gelu`' }],
    axes: ['Named axes', { all: 'all', batch: 'batch', none: 'none' }],
    positions: [
      'Position embeddings',
      { gather: 'looked up', stored: 'stored as added', interpolated: 'interpolated to the image, once' },
    ],
  }

const code = (names: readonly string[]) => names.map((n) => `\`${n}\``).join(', ')

function optionRow(name: keyof Dialect): string {
  const [title, words] = OPTIONS[name]
  const values = DIALECT_OPTIONS[name].map((v) => (words as Readonly<Record<string, string>> | null)?.[v] ?? String(v))
  return `| ${title} | ${values.join('; ')} |`
}

/** Markdown of docs/exports.md. */
export function exportsPage(): string {
  return [
    '# Exports that can be learned through',
    '',
    'Written by `node scripts/run-ts.mjs tools/docs/exports.ts` from the tables that the program and its tests use; a test',
    'compares.',
    '',
    '## Image towers',
    '',
    `ONNX operator sets from ${OLDEST_OPSET} on; 11 to 20 are tested. A generator writes toy towers in these dialects so that`,
    'each two values below that can meet do so in one of them. Its gradient is checked against finite differences of the',
    'export in float64 (relative error below 1e-6) and on ONNX Runtime (below 1e-5):',
    '',
    '| Option | Values |',
    '| --- | --- |',
    ...(Object.keys(OPTIONS) as (keyof Dialect)[]).map(optionRow),
    '',
    "Towers that PyTorch, Hugging Face's CLIP and ONNX Runtime's own tools wrote lie in `tests/fixtures/dialects` and are",
    'compared with the gradients of PyTorch. Nodes may come in any order.',
    '',
    '## Optimised exports',
    '',
    'Fused operators of ONNX Runtime and optimum are taken apart into standard ones before differentiation',
    `(\`src/onnx/fused.ts\`): ${code(FUSED_OPERATORS)}. \`com.microsoft.Gelu\`, \`FastGelu\` and \`QuickGelu\` have rules of`,
    'their own ([operators.md](operators.md)). Padding masks, caches of keys and values, rotary positions and grouped heads',
    'are refused: no image tower of a CLIP has them.',
    '',
    '## float16',
    '',
    'The program feeds and reads float32, whatever the file has at its ends; inside, half precision stays. Normalisations',
    'keep their statistics in float32, and the backward is scaled against underflow',
    '([decisions/half-precision.md](decisions/half-precision.md)).',
    '',
    '## int8',
    '',
    `Dynamically quantised models (${code(INTEGER_OPERATORS)} behind`,
    '`DynamicQuantizeLinear`; uint8 or int8 weights, per tensor or per channel, with or without zero points) are learned',
    'through as weight-only quantised ones, with an exact gradient',
    '([decisions/quantised-models.md](decisions/quantised-models.md)). `DequantizeLinear` of weights is read as it is.',
    '',
    '## Refused, in one sentence with operator, node and remedy',
    '',
    '| Operators | Why | Instead |',
    '| --- | --- | --- |',
    ...REFUSALS.map((r) => `| ${r.operators} | ${r.why} | ${r.remedy} |`),
    '| `DequantizeLinear` of activations | rounding at fixed scales has no exact gradient | Use a float or weight-only int8 export. |',
    '| Weights of 4-bit element types | a gradient cannot be taken through them | ' + REFUSALS[0]!.remedy + ' |',
    '',
  ].join('\n')
}
