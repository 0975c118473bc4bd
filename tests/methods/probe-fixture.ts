/** Stamp's features of a sample task, and what scikit-learn made of them (tools/reference/linear_probe.py). */
import { readFileSync } from 'node:fs'

export interface ReferenceFit {
  readonly C: number
  /** As scikit-learn comes, and fitted to the end. */
  readonly loss: number
  readonly exactLoss: number
  readonly correct: number
  readonly exactCorrect: number
}

interface Report {
  readonly width: number
  readonly classes: number
  readonly train: readonly number[]
  readonly val: readonly number[]
  readonly raw: readonly ReferenceFit[]
  readonly normalised: readonly ReferenceFit[]
  readonly twoClasses: readonly ReferenceFit[]
}

export const probe = JSON.parse(readFileSync('tests/fixtures/probe/digits.json', 'utf8')) as Report

export interface Labelled {
  /** float32 [N,D] */
  readonly values: Float32Array
  readonly labels: Uint16Array
}

const D = probe.width
const all = halves(readFileSync('tests/fixtures/probe/digits.f16'))
const boundary = probe.train.length * D

export const train: Labelled = { values: all.slice(0, boundary), labels: Uint16Array.from(probe.train) }
export const val: Labelled = { values: all.slice(boundary), labels: Uint16Array.from(probe.val) }

/** Those rows whose class is one of the first few. */
export function firstClasses({ values, labels }: Labelled, classes: number): Labelled {
  const kept = [...labels.keys()].filter((i) => labels[i]! < classes)
  return {
    values: Float32Array.from(kept.flatMap((i) => [...values.subarray(i * D, (i + 1) * D)])),
    labels: Uint16Array.from(kept, (i) => labels[i]!),
  }
}

/** float16, little-endian; no value of these is beyond the normal numbers. */
function halves(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = bytes.readUInt16LE(2 * i)
    const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
    return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
  })
}
