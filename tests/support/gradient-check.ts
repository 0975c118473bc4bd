/**
 * Checks a gradient graph: against finite differences of the forward, both in float64, and against itself on ONNX
 * Runtime in float32. Differences are taken of the model as given, not of the specialised one.
 */
import type { OnnxModel } from '../../src/onnx/model'
import { seedHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import type { Array64, Values } from './float64-executor'
import { array64, execute, executeAll } from './float64-executor'
import type { OptimisationLevel } from './ort'
import { runOnOrt } from './ort'
import { normalSource, uniformSource } from './random'

export interface GradientCase {
  readonly model: OnnxModel
  readonly output: string
  /** Every input of the model, and weights that are differentiated. */
  readonly feeds: Values
  readonly wrt: readonly string[]
}

/** Central difference of fourth order: error h^4, so that h = 1e-3 leaves about 1e-12. */
export function directionalDifference(f: (t: number) => number, h = 1e-3): number {
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
}

export function shifted(x: Array64, direction: ArrayLike<number>, t: number): Array64 {
  return { ...x, data: x.data.map((v, i) => v + t * direction[i]!) }
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a))
}

/** |a - b| / |b|, and where b vanishes |a|. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const difference = Array.from(a, (v, i) => v - b[i]!)
  return norm(difference) / (norm(b) || 1)
}

/**
 * Largest relative error of `gradient` = df/dx, over random directions and single entries. Errors are relative to the
 * largest derivative that a direction of that length could have, |gradient| |v|.
 */
export function gradientError(
  f: (x: Array64) => number,
  x: Array64,
  gradient: Array64,
  options: { seed: number; directions?: number; entries?: number; h?: number },
): number {
  const { seed, directions = 2, entries = 2, h } = options
  const uniform = uniformSource(seed)
  const n = x.data.length
  const random = Array.from({ length: directions }, () => Float64Array.from({ length: n }, () => 2 * uniform() - 1))
  const single = Array.from({ length: Math.min(entries, n) }, () => {
    const at = Math.floor(uniform() * n)
    return Float64Array.from({ length: n }, (_, i) => (i === at ? 1 : 0))
  })
  const length = norm(gradient.data)
  return [...random, ...single].reduce((worst, v) => {
    const expected = directionalDifference((t) => f(shifted(x, v, t)), h)
    const error = Math.abs(dot(gradient.data, v) - expected)
    return Math.max(worst, error / (length * norm(v) || 1))
  }, 0)
}

export function shapesOf(feeds: Values): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, x.dims]))
}

function withSeed({ model, output, feeds }: GradientCase, seed: number): { feeds: Values; weights: Array64 } {
  const y = executeAll(model, feeds).get(output)!
  const next = normalSource(seed)
  const weights = array64(
    y.dims,
    Array.from(y.data, () => Math.fround(next())),
  )
  return { feeds: { ...feeds, seed: weights }, weights }
}

/** Asserts the gradient of sum(output * random) in float64. @returns the largest relative error of all of `wrt` */
export function checkInFloat64(c: GradientCase, seed: number): number {
  const training = trainingModel(c.model, {
    inputs: shapesOf(c.feeds),
    output: c.output,
    head: seedHead(),
    wrt: c.wrt,
    gated: false,
  }).model
  const { feeds, weights } = withSeed(c, seed)
  const results = execute(training, feeds)
  const loss = (changed: Values) =>
    dot(executeAll(c.model, { ...c.feeds, ...changed }).get(c.output)!.data, weights.data)
  const expected = loss({})
  if (Math.abs(results['loss']!.data[0]! - expected) > 1e-9 * (1 + norm(weights.data))) {
    throw new Error(`the training graph computes another forward: ${results['loss']!.data[0]} instead of ${expected}`)
  }
  return c.wrt.reduce((worst, name) => {
    const x = c.feeds[name]!
    const gradient = results[`d_${name}`]!
    if (gradient.dims.join() !== x.dims.join()) {
      throw new Error(`d_${name} is [${gradient.dims.join()}] but ${name} is [${x.dims.join()}]`)
    }
    const error = gradientError((changed) => loss({ [name]: changed }), x, gradient, { seed: seed + 1 })
    return Math.max(worst, error)
  }, 0)
}

export interface OrtErrors {
  /** The executor's forward against ONNX Runtime's. */
  readonly forward: number
  /** The gradient graph in float64 against the same behind `If` on ONNX Runtime. */
  readonly backward: number
}

/** Runs forward and gated gradient graph on ONNX Runtime in float32 and compares with the executor. */
export async function checkOnOrt(c: GradientCase, seed: number, level?: OptimisationLevel): Promise<OrtErrors> {
  const model = { ...c.model, graph: { ...c.model.graph, outputs: [outputInfo(c)] } }
  const y = (await runOnOrt(model, c.feeds, level))[c.output]!
  const own = executeAll(c.model, c.feeds).get(c.output)!
  if (y.dims.join() !== own.dims.join()) throw new Error(`output [${own.dims.join()}], on ORT [${y.dims.join()}]`)
  const forward = relativeDistance(y.data, own.data)

  const options = { inputs: shapesOf(c.feeds), output: c.output, head: seedHead(), wrt: c.wrt }
  const training = trainingModel(c.model, options).model
  const { feeds } = withSeed(c, seed)
  const on = { ...feeds, do_backward: array64([], [1], 'bool') }
  const expected = execute(training, on)
  const results = await runOnOrt(training, on, level)
  const errors = c.wrt.map((name) => relativeDistance(results[`d_${name}`]!.data, expected[`d_${name}`]!.data))
  return { forward, backward: Math.max(...errors) }
}

function outputInfo(c: GradientCase) {
  return { name: c.output, dtype: executeAll(c.model, c.feeds).get(c.output)!.dtype, dims: null }
}
