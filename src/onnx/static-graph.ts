/**
 * A graph in which every value has a known shape and element type: what differentiation works on.
 * Made by `specialise`, extended by `GraphBuilder`.
 */
import type { DType, Node, Shape, Tensor } from './model'
import type { Constant } from './evaluate'

export interface StaticInput {
  readonly name: string
  readonly dtype: DType
  readonly dims: Shape
}

export interface StaticGraph {
  readonly opset: number
  readonly otherOpsets: Readonly<Record<string, number>>
  /** In topological order; nodes with constant outputs are gone. */
  readonly nodes: readonly Node[]
  readonly inputs: readonly StaticInput[]
  /** Original weights, as views. */
  readonly initializers: ReadonlyMap<string, Tensor>
  /** Values known when the graph is built, small initializers among them. */
  readonly constants: ReadonlyMap<string, Constant>
  readonly types: ReadonlyMap<string, { readonly dims: Shape; readonly dtype: DType }>
}
