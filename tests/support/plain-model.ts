/**
 * Writes ONNX models node by node exactly as told: no inference and no folding, so that what tests feed to the
 * program is what an exporter would have written.
 */
import type { Attribute, DType, Node, OnnxModel, Tensor, ValueInfo } from '../../src/onnx/model'
import { int, ints, string } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'

/** Whole numbers are `int` and lists of them `ints`; floats are given as `float(x)`. */
export type PlainAttributes = Readonly<Record<string, number | readonly number[] | string | Attribute>>

export interface NodeOptions {
  readonly outputs?: readonly string[]
  readonly domain?: string
}

export class PlainModel {
  private readonly nodes: Node[] = []
  private readonly initializers = new Map<string, Tensor>()
  private readonly inputs: ValueInfo[] = []
  private counter = 0

  constructor(readonly opset = 17) {}

  input(name: string, dims: readonly (number | string)[], dtype: DType = 'float32'): string {
    this.inputs.push({ name, dtype, dims })
    return name
  }

  weight(name: string, dims: readonly number[], values: ArrayLike<number>, dtype: DType = 'float32'): string {
    return this.tensor(name, makeTensor(dtype, dims, values))
  }

  tensor(name: string, tensor: Tensor): string {
    this.initializers.set(name, tensor)
    return name
  }

  /** A 1-D int64 Constant node. */
  ints(values: readonly number[]): string {
    return this.constant(makeTensor('int64', [values.length], values))
  }

  /** A scalar Constant node. */
  scalar(value: number, dtype: DType = 'float32'): string {
    return this.constant(makeTensor(dtype, [], [value]))
  }

  constant(value: Tensor): string {
    return this.node('Constant', [], { value: { type: 'tensor', value } })
  }

  node(op: string, inputs: readonly string[], attributes: PlainAttributes = {}, options: NodeOptions = {}): string {
    const outputs = options.outputs ?? [`/${op}_${this.counter++}_output_0`]
    this.nodes.push({
      op,
      domain: options.domain ?? '',
      name: outputs[0]!.replace(/_output_0$/, ''),
      inputs,
      outputs,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, v]) => [key, asAttribute(v)])),
    })
    return outputs[0]!
  }

  model(outputs: readonly string[], dtype: DType = 'float32'): OnnxModel {
    const domains = new Set(this.nodes.map((n) => n.domain).filter((d) => d !== ''))
    return {
      graph: {
        name: 'test',
        nodes: this.nodes,
        initializers: this.initializers,
        inputs: this.inputs,
        outputs: outputs.map((name) => ({ name, dtype, dims: null })),
      },
      opset: this.opset,
      otherOpsets: Object.fromEntries([...domains].map((d) => [d, 1])),
      files: [],
    }
  }
}

function asAttribute(value: PlainAttributes[string]): Attribute {
  if (typeof value === 'number') return int(value)
  if (typeof value === 'string') return string(value)
  return 'type' in value ? value : ints(value)
}
