/**
 * How much memory a run of a graph holds alive beside its weights, reckoned from the graph: all shapes are static, so it is
 * known which value is made when and read last when.
 *
 * What the backward reads of the forward stays alive from where it is made to the end of the graph: the backward lies in an
 * `If`, and ONNX Runtime frees what a branch reads only when the branch has ended. To that comes the largest sum of
 * short-lived values. On WebGPU a buffer that is free again is only given out anew after the next submit, and only for a value
 * of its very size, so that more of them exist than values are alive.
 */
import type { Graph, Node, OnnxModel } from '../onnx/model'
import { elementCount, type DType } from '../onnx/model'
import { Scope } from '../onnx/specialise'

export interface GraphMemory {
  /** Bytes of the initializers. */
  readonly weights: number
  /** Bytes of what the backward reads of the forward; 0 of a graph without one. */
  readonly saved: number
  /** Largest bytes alive at once, `saved` and the graph's inputs and outputs included, weights not. */
  readonly activations: number
}

/** How a runtime gives out memory. */
export interface Allocator {
  /** Size of the buffer that holds so many bytes. */
  size(bytes: number): number
  /** A buffer that is free again can be given out after so many nodes have run. */
  readonly nodesPerSubmit: number
  /** Buffers once made stay, for values of their size only. */
  readonly keeps: boolean
}

/** Host memory: exact, and free at once. */
export const HOST: Allocator = { size: (bytes) => bytes, nodesPerSubmit: 1, keeps: false }

/**
 * ONNX Runtime's buffer manager on WebGPU, cache mode `simple`: multiples of 16 bytes. It submits every 16 dispatches; that
 * the peaks measured are those of 8 nodes (docs/decisions/device-life.md) is because many a node is more than one dispatch.
 */
export const WEBGPU: Allocator = { size: (bytes) => Math.ceil(bytes / 16) * 16, nodesPerSubmit: 8, keeps: true }

/** Operators whose output is their first input under another shape: no memory of its own. */
const ALIASES = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'])

const BYTES: Readonly<Record<DType, number>> = {
  ...{ float32: 4, float16: 2, float64: 8, int64: 8, int32: 4, int8: 1, uint8: 1, bool: 1 },
}

/** @param model a static graph: every input has a fixed shape, such as `trainingModel` makes */
export function graphMemory(model: OnnxModel, allocator: Allocator = WEBGPU): GraphMemory {
  const timeline = new Timeline(model)
  const { weights, saved } = timeline
  return { weights, saved, activations: peakOf(timeline, allocator) }
}

/** Memory of a graph on some engine. Weights are not looked at: they may be elsewhere, or nowhere yet. */
export type Reckon = (model: OnnxModel) => GraphMemory

export const hostMemory: Reckon = (model) => graphMemory(model, HOST)
/** ONNX Runtime's on WebGPU. */
export const ortWebGpuMemory: Reckon = (model) => graphMemory(model, WEBGPU)

/** When each value is made and read for the last time, in the order in which the nodes run. */
class Timeline {
  readonly weights: number
  readonly saved: number
  /** Bytes of each value that has memory of its own. */
  readonly bytes = new Map<string, number>()
  /** Values made by each node, and those read by none after it. */
  readonly steps: { readonly made: readonly string[]; readonly done: readonly string[] }[] = []
  /** Alive from the first node to the last. */
  readonly always: readonly string[]
  readonly #root = new Map<string, string>()
  readonly #scope: Scope

  constructor({ graph, opset }: OnnxModel) {
    this.#scope = new Scope(opset)
    this.weights = this.#addInitializers(graph)
    for (const { name, dtype, dims } of graph.inputs) {
      const fixed = dims!.map((d) => {
        if (typeof d !== 'number') throw new Error(`input ${name} has no fixed shape`)
        return d
      })
      this.#scope.types.set(name, { dtype, dims: fixed })
      this.#own(name)
    }

    const nodes: Node[] = []
    const last = new Map<string, number>()
    const read = (name: string, at: number) => last.set(this.#rootOf(name), at)
    const kept = new Set<string>()
    for (const node of graph.nodes) {
      const branch = node.attributes.then_branch
      if (branch?.type !== 'graph') {
        this.#run(node, nodes, read)
        continue
      }
      const inner = branch.value
      this.#addInitializers(inner)
      const before = new Set(this.bytes.keys())
      for (const one of inner.nodes) this.#run(one, nodes, read)
      for (const name of inner.nodes.flatMap(({ inputs }) => inputs)) {
        if (before.has(this.#rootOf(name))) kept.add(this.#rootOf(name))
      }
      // What the branch gives out is the node's output.
      node.outputs.forEach((name, i) => this.#root.set(name, this.#rootOf(inner.outputs[i]!.name)))
    }
    const inputs = graph.inputs.map(({ name }) => name)
    for (const name of inputs) kept.delete(name)
    this.always = inputs
    this.saved = [...kept].reduce((sum, name) => sum + this.bytes.get(name)!, 0)

    const end = nodes.length
    for (const name of [...kept, ...graph.outputs.map((o) => this.#rootOf(o.name))]) last.set(name, end)
    const done = nodes.map((): string[] => [])
    for (const [name, at] of last) if (at < end && !inputs.includes(name) && this.bytes.has(name)) done[at]!.push(name)
    nodes.forEach((node, i) => {
      const made = node.outputs.filter((name) => name !== '' && this.bytes.has(name))
      // What nobody reads is made all the same, and free at once.
      const unread = made.filter((name) => !last.has(name))
      this.steps.push({ made, done: [...done[i]!, ...unread] })
    })
  }

  #run(node: Node, nodes: Node[], read: (name: string, at: number) => void): void {
    if (this.#scope.visit(node)) return
    if (ALIASES.has(node.op)) {
      this.#root.set(node.outputs[0]!, this.#rootOf(node.inputs[0]!))
      return
    }
    for (const name of node.inputs) read(name, nodes.length)
    for (const name of node.outputs) if (name !== '') this.#own(name)
    nodes.push(node)
  }

  #own(name: string): void {
    const { dims, dtype } = this.#scope.type(name)
    this.bytes.set(name, elementCount(dims) * BYTES[dtype])
  }

  #rootOf(name: string): string {
    return this.#root.get(name) ?? name
  }

  #addInitializers({ initializers }: Graph): number {
    let bytes = 0
    for (const [name, tensor] of initializers) {
      this.#scope.addInitializer(name, tensor)
      // Its bytes may be elsewhere, or nowhere yet.
      bytes += elementCount(tensor.dims) * BYTES[tensor.dtype]
    }
    return bytes
  }
}

function peakOf({ always, bytes, steps }: Timeline, { keeps, nodesPerSubmit, size }: Allocator): number {
  const sizeOf = (name: string) => size(bytes.get(name)!)
  /** Free buffers by size, and those that will be after the next submit. */
  const free = new Map<number, number>()
  let pending: number[] = []
  let held = always.reduce((sum, name) => sum + sizeOf(name), 0)
  let peak = held
  steps.forEach(({ made, done }, i) => {
    for (const name of made) {
      const wanted = sizeOf(name)
      const there = free.get(wanted) ?? 0
      if (there > 0) free.set(wanted, there - 1)
      else held += wanted
    }
    peak = Math.max(peak, held)
    pending.push(...done.map(sizeOf))
    if ((i + 1) % nodesPerSubmit !== 0) return
    for (const one of pending) {
      if (keeps) free.set(one, (free.get(one) ?? 0) + 1)
      else held -= one
    }
    pending = []
  })
  return peak
}
