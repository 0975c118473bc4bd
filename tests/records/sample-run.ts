/** A run as it might be kept: small, and with the floats that are easily lost. */
import type { Checkpoint } from '../../src/learning/checkpoint'
import { quick } from '../../src/learning/recipes'
import { accuracyOf } from '../../src/evaluation/accuracy'
import type { KeptRun, Predictions, RunCurves, RunRecord } from '../../src/records/run-record'

/** Bits of a quiet NaN with a payload, of -0, of the smallest subnormal, of infinity: none may become another. */
export const AWKWARD = new Float32Array(Uint32Array.of(0x7fc12345, 0x80000000, 1, 0x7f800000, 0x3f800001, 0).buffer)

const tensor = (data: Float32Array, ...dims: number[]) => ({ dims, data })

export function sampleCheckpoint(step = 12): Checkpoint {
  const set = (seed: number) => ({
    top: tensor(AWKWARD.slice(), 2, 3),
    left: tensor(
      Float32Array.from({ length: 4 }, (_, i) => Math.fround(Math.sin(seed + i + step))),
      4,
    ),
  })
  return {
    version: 1,
    step,
    parameters: set(1),
    optimiser: { step, slots: { mean: set(2), square: set(3) } },
    batches: { epoch: [1, 2, 3, 4294967295], position: 5, shifts: [9, 8, 7, 6] },
    lossScale: { value: 2 ** -3, good: 17 },
    best: { validation: { step: 6, accuracy: accuracyOf(3, 7), loss: 0.1 + 0.2 }, parameters: set(4) },
  }
}

export function sampleRecord(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    ...{ version: 1, id, name: null, pinned: false, state: 'paused', kind: 'learned', origin: null, group: null },
    ...{ createdAt: '2026-01-02T03:04:05.000Z', updatedAt: '2026-01-02T03:04:06.000Z', recipe: quick, seed: 3 },
    model: {
      ...{ id: 'stamp', kind: 'clip', origin: 'embedded', variant: null, name: 'stamp', title: 'Stamp' },
      ...{ imageSize: 64, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], sha256: 'ab'.repeat(32) },
    },
    task: {
      ...{ sample: 'counting', title: 'Counting', template: 'a {}', imageSize: 64, splitSeed: null, album: null },
      classes: ['one', 'two'].map((name) => ({ folder: name, name })),
      counts: { train: [3, 4], val: [1, 2], test: [2, 2] },
      fingerprint: 'cd'.repeat(32),
    },
    ...{ outputs: null, outputLabels: null, engine: 'wasm', engineDescription: 'WASM', parameterCount: 10, border: 2 },
    ...{ step: 12, seconds: 4.5, secondsPerStep: 0.25, zeroShot: accuracyOf(2, 7), outcome: null, trouble: null },
    best: { step: 6, accuracy: accuracyOf(3, 7) },
    ...changes,
  }
}

export function sampleCurves(steps: number): RunCurves {
  const column = (of: (i: number) => number, length = steps) => Float64Array.from({ length }, (_, i) => of(i))
  const validations = Math.floor(steps / 6) + 1
  return {
    steps: {
      step: column((i) => i + 1),
      loss: column((i) => 1 / (i + 3)),
      learningRate: column(() => 0.1),
      gradientNorm: column((i) => Math.sqrt(i)),
      accuracy: column((i) => (i % 10 === 9 ? i / (steps + 1) : NaN)),
      imagesPerSecond: column((i) => (i === 0 ? NaN : 40 + i)),
    },
    validations: {
      step: column((i) => 6 * i, validations),
      top1: column((i) => i / 100, validations),
      low: column(() => 0, validations),
      high: column(() => 1, validations),
    },
  }
}

export function samplePredictions(count: number): Predictions {
  const rows = (shift: number) => ({
    top1: Uint16Array.from({ length: count }, (_, i) => (i + shift) % 2),
    confidence: Float32Array.from({ length: count }, (_, i) => 1 / (i + 1)),
    ofTruth: Float32Array.from({ length: count }, (_, i) => 1 / (i + 2)),
  })
  return {
    indices: Uint32Array.from({ length: count }, (_, i) => i),
    labels: Uint16Array.from({ length: count }, (_, i) => i % 2),
    paths: Array.from({ length: count }, (_, i) => `test/one/${i}.png`),
    zeroShot: rows(1),
    prompted: rows(0),
  }
}

export function sampleRun(id: string, changes: Partial<RunRecord> = {}): KeptRun {
  const checkpoint = sampleCheckpoint()
  return {
    record: sampleRecord(id, changes),
    parts: {
      checkpoint,
      curves: sampleCurves(12),
      border: AWKWARD.slice(),
      history: [0, 6, 12].map((step) => ({ step, parameters: sampleCheckpoint(step).parameters })),
      val: samplePredictions(3),
      test: samplePredictions(4),
    },
  }
}
