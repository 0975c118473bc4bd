/**
 * What a differentiation rule is: a pure function that, given a node and the gradients of its outputs, appends the
 * nodes that compute the gradients of its inputs.
 *
 * Notation in the rules' headers: g = dL/dY, a hat-free capital is a value of the forward graph, `sumTo` is the
 * adjoint of broadcasting.
 */
import type { Node } from '../onnx/model'
import type { AttributeValue, Attribute } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'
import type { Tensor, Shape } from '../onnx/model'

export interface RuleContext {
  readonly node: Node
  /** Builder of the backward graph; it sees every value of the forward. */
  readonly b: GraphBuilder
  /** Gradient of output i. Rules are called only when output 0 has one, unless they say otherwise. */
  readonly g: Value
  gradientOf(output: number): Value | null
  /** Input i by name, '' when absent. */
  x(i: number): Value
  /** Output i by name. */
  y(i?: number): Value
  /** Whether the gradient of input i is asked for. */
  wants(i: number): boolean
  dims(value: Value): Shape
  /**
   * The gradient that input i has from its other uses so far, handed over: the rule must add it to what it returns.
   * Lets a Gemm accumulate instead of a separate Add.
   */
  takeAccumulated(i: number): Value | null
  /** The node that computes a value, if a node does. */
  producer(value: Value): Node | null
  initializer(value: Value): Tensor | null
  /** Values of an input that must be known when the graph is built. */
  constant(i: number): readonly number[]
  has(i: number): boolean
  attr<T extends Attribute['type'], F>(name: string, type: T, fallback: F): AttributeValue<T> | F
}

/** Gradient per input; absent, null or undefined = no gradient flows there. */
export type Rule = (c: RuleContext) => readonly (Value | null | undefined)[]

export type Rules = Readonly<Record<string, Rule>>

/** Thrown by a rule for a case that it cannot differentiate; becomes one sentence with operator and node. */
export class NotDifferentiable extends Error {}
