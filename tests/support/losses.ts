/** The losses that the heads compute, written out in plain numbers. */
import type { Array64 } from './float64-executor'

export type Matrix = number[][]

export const rows = (x: Array64): Matrix =>
  Array.from({ length: x.dims[0]! }, (_, i) => Array.from(x.data.slice(i * x.dims[1]!, (i + 1) * x.dims[1]!)))
export const unit = (row: number[]) => row.map((v) => v / Math.hypot(...row))
export const product = (a: Matrix, b: Matrix) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)))
export const transposed = (a: Matrix) => a[0]!.map((_, j) => a.map((row) => row[j]!))
const softmax = (row: number[]) => {
  const e = row.map((v) => Math.exp(v - Math.max(...row)))
  const total = e.reduce((a, b) => a + b)
  return e.map((v) => v / total)
}

/** sum_b w_b sum_c -t_bc ln p_bc */
export function crossEntropy(logits: Matrix, targets: Matrix, weights: number[]): number {
  return logits.reduce((loss, row, b) => {
    const p = softmax(row)
    return loss - weights[b]! * p.reduce((sum, v, c) => sum + targets[b]![c]! * Math.log(v), 0)
  }, 0)
}

/** Entropy of sum_b w_b p_b */
export function marginalEntropy(logits: Matrix, weights: number[]): number {
  const mean = logits[0]!.map((_, c) => logits.reduce((sum, row, b) => sum + weights[b]! * softmax(row)[c]!, 0))
  return -mean.reduce((sum, p) => sum + p * Math.log(p), 0)
}
