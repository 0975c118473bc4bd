/** A float32 model as converters make it float16: weights and constants in half precision, float32 at its two ends. */
import type { Attribute, Attributes, Node, OnnxModel, Tensor, ValueInfo } from '../../src/onnx/model'
import { DTYPES, int } from '../../src/onnx/model'
import { makeTensor, tensorValues } from '../../src/onnx/tensor'

const half = (t: Tensor): Tensor => (t.dtype === 'float32' ? makeTensor('float16', t.dims, tensorValues(t)) : t)

const halfAttribute = (a: Attribute): Attribute => (a.type === 'tensor' ? { ...a, value: half(a.value) } : a)

function cast(from: string, to: string, dtype: 'float16' | 'float32'): Node {
  return {
    op: 'Cast',
    domain: '',
    name: `cast_to_${to}`,
    inputs: [from],
    outputs: [to],
    attributes: { to: int(DTYPES[dtype]) },
  }
}

export interface HalfOptions {
  /** What the model takes and gives. Default float32, by casts inside. */
  readonly ends?: 'float32' | 'float16'
  /** ONNX Runtime's converter writes the casts after all other nodes, out of order. Default false. */
  readonly unordered?: boolean
}

/** For a model of one input and one float32 output; ids and masks stay what they are. */
export function inHalfPrecision(
  model: OnnxModel,
  { ends = 'float32', unordered = false }: HalfOptions = {},
): OnnxModel {
  const { graph } = model
  const [input, output] = [graph.inputs[0]!.name, graph.outputs[0]!.name]
  const floats = graph.inputs[0]!.dtype === 'float32'
  const isEnd = (name: string) => ends === 'float32' && ((floats && name === input) || name === output)
  const renamed = (name: string) => (isEnd(name) ? `${name}_half` : name)
  const nodes = graph.nodes.map((n) => ({
    ...n,
    // What reads only the shape of the input reads it all the same.
    inputs: n.inputs.map(renamed),
    outputs: n.outputs.map(renamed),
    attributes: n.op === 'Cast' ? inHalf(n.attributes) : constantsInHalf(n.attributes),
  }))
  const initializers = new Map([...graph.initializers].map(([name, t]) => [name, half(t)]))
  if (ends === 'float16') {
    const asHalf = (v: ValueInfo): ValueInfo => (v.dtype === 'float32' ? { ...v, dtype: 'float16' } : v)
    const [inputs, outputs] = [graph.inputs.map(asHalf), graph.outputs.map(asHalf)]
    return { ...model, graph: { ...graph, nodes, initializers, inputs, outputs } }
  }
  const before = floats ? [cast(input, `${input}_half`, 'float16')] : []
  const after = cast(`${output}_half`, output, 'float32')
  const ordered = unordered ? [...nodes, ...before, after] : [...before, ...nodes, after]
  return { ...model, graph: { ...graph, nodes: ordered, initializers } }
}

const constantsInHalf = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([key, a]) => [key, halfAttribute(a)]))

/** A cast to float32 is one to float16. */
const inHalf = (attributes: Attributes): Attributes =>
  attributes['to']?.type === 'int' && attributes['to'].value === DTYPES.float32
    ? { ...attributes, to: int(DTYPES.float16) }
    : attributes
