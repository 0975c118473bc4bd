/** A float32 model as converters make it float16: weights and constants in half precision, float32 at its two ends. */
import type { Attribute, Node, OnnxModel, Tensor } from '../../src/onnx/model'
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

/** For a model of one float32 input and one output. */
export function inHalfPrecision(model: OnnxModel): OnnxModel {
  const { graph } = model
  const [input, output] = [graph.inputs[0]!.name, graph.outputs[0]!.name]
  const renamed = (name: string) => (name === input || name === output ? `${name}_half` : name)
  const nodes = graph.nodes.map((n) => ({
    ...n,
    // What reads only the shape of the input reads it all the same.
    inputs: n.inputs.map(renamed),
    outputs: n.outputs.map(renamed),
    attributes: Object.fromEntries(Object.entries(n.attributes).map(([key, a]) => [key, halfAttribute(a)])),
  }))
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [cast(input, `${input}_half`, 'float16'), ...nodes, cast(`${output}_half`, output, 'float32')],
      initializers: new Map([...graph.initializers].map(([name, t]) => [name, half(t)])),
    },
  }
}
