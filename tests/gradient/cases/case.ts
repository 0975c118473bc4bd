/**
 * What a table of differentiation cases is made of, and generators of shapes that all tables use.
 * A case is drawn by fast-check value by value, so that a failure shrinks to small shapes.
 */
import * as fc from 'fast-check'
import type { GradientCase } from '../../support/gradient-check'
import type { OptimisationLevel } from '../../support/ort'
import { PlainModel } from '../../support/plain-model'
import { array64 } from '../../support/float64-executor'
import type { Array64 } from '../../support/float64-executor'

export type Draw = fc.GeneratorValue

export interface OperatorCase {
  /** Key of the rule in `RULES` that this proves, e.g. `Add`, `com.microsoft.Gelu` or `pattern.GeluErf`. */
  readonly rule: string
  /** What is special about it, when a rule has several entries. */
  readonly form?: string
  /**
   * How far ONNX Runtime may rewrite the graph. Its default fuses DequantizeLinear and MatMul into a product with
   * dynamically quantised activations, which is another function (1e-3 off).
   */
  readonly level?: OptimisationLevel
  readonly make: (draw: Draw) => GradientCase
}

export const whole = (draw: Draw, min: number, max: number): number => draw(fc.integer, { min, max })
export const chance = (draw: Draw): boolean => draw(fc.boolean)
export const oneOf = <T>(draw: Draw, items: readonly T[]): T => items[whole(draw, 0, items.length - 1)]!
export const seedOf = (draw: Draw): number => whole(draw, 1, 1 << 30)

export function shape(draw: Draw, minRank = 0, maxRank = 4, maxSize = 4): number[] {
  return Array.from({ length: whole(draw, minRank, maxRank) }, () => whole(draw, 1, maxSize))
}

/** A shape that broadcasts to `dims`: some sizes become 1, leading axes may go. */
export function narrowed(draw: Draw, dims: readonly number[]): number[] {
  const kept = dims.slice(whole(draw, 0, dims.length))
  return kept.map((d) => (whole(draw, 0, 2) === 0 ? 1 : d))
}

/** Two shapes that broadcast with each other, either of which may be the narrower. */
export function broadcastPair(draw: Draw): [number[], number[]] {
  const dims = shape(draw)
  const pair: [number[], number[]] = [dims, narrowed(draw, dims)]
  if (chance(draw)) pair.reverse()
  return pair
}

export function subset(draw: Draw, rank: number, atLeastOne = true): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i).filter(() => chance(draw))
  return axes.length === 0 && atLeastOne && rank > 0 ? [whole(draw, 0, rank - 1)] : axes
}

/** The axis counted from the front or from the back. */
export const eitherSign = (draw: Draw, axis: number, rank: number): number => (chance(draw) ? axis : axis - rank)

export type Values = (seed: number, n: number) => number[]

export function tensor(draw: Draw, dims: readonly number[], values: Values): Array64 {
  const n = dims.reduce((p, d) => p * d, 1)
  return array64(dims, values(seedOf(draw), n).map(Math.fround))
}

/** A model of one node over inputs `x0`, `x1`, ...; all of them differentiated, or those named. */
export function oneNode(
  op: string,
  inputs: readonly Array64[],
  attributes: Parameters<PlainModel['node']>[2] = {},
  options: { opset?: number; domain?: string; wrt?: readonly number[]; more?: (m: PlainModel) => string[] } = {},
): GradientCase {
  const m = new PlainModel(options.opset)
  const names = inputs.map((x, i) => m.input(`x${i}`, x.dims))
  const extra = options.more?.(m) ?? []
  const node = { outputs: ['y'], ...(options.domain ? { domain: options.domain } : {}) }
  m.node(op, [...names, ...extra], attributes, node)
  return {
    model: m.model(['y']),
    output: 'y',
    feeds: Object.fromEntries(inputs.map((x, i) => [`x${i}`, x])),
    wrt: options.wrt?.map((i) => `x${i}`) ?? names,
  }
}
