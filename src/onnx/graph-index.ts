/** Who makes and who reads each value of a list of nodes, and what is stored: what rewritings look up before shapes are known. */
import type { Node, Tensor } from './model'
import { attribute } from './model'
import { constantValue } from './infer'
import { makeTensor, tensorValues } from './tensor'

export class GraphIndex {
  private readonly producers = new Map<string, Node>()
  private readonly readers = new Map<string, Node[]>()

  constructor(
    nodes: readonly Node[],
    private readonly initializers: ReadonlyMap<string, Tensor>,
  ) {
    for (const node of nodes) {
      for (const o of node.outputs) if (o !== '') this.producers.set(o, node)
      for (const i of new Set(node.inputs)) {
        const found = this.readers.get(i)
        if (found) found.push(node)
        else this.readers.set(i, [node])
      }
    }
  }

  producer(value: string): Node | null {
    return this.producers.get(value) ?? null
  }

  readersOf(value: string): readonly Node[] {
    return this.readers.get(value) ?? []
  }

  /** The node that reads a value, where exactly one does. */
  onlyReader(value: string): Node | null {
    const readers = this.readersOf(value)
    return readers.length === 1 ? readers[0]! : null
  }

  /** A stored tensor: an initializer, a Constant, or an Identity of one (exporters write shared weights so). */
  stored(value: string): Tensor | null {
    const initializer = this.initializers.get(value)
    if (initializer) return initializer
    const node = this.producer(value)
    if (node?.domain !== '') return null
    if (node.op === 'Identity') return this.stored(node.inputs[0]!)
    if (node.op !== 'Constant') return null
    const tensor = attribute(node, 'value', 'tensor', null)
    if (tensor) return tensor
    const { dtype, dims, values } = constantValue(node)
    return makeTensor(dtype, dims, values!)
  }

  /** The number that a stored tensor of one element holds. */
  scalar(value: string): number | null {
    const tensor = this.stored(value)
    return tensor?.dims.every((d) => d === 1) ? tensorValues(tensor)[0]! : null
  }
}
