/** A finished run with all its parts, small and made up; figures of no meaning, but those that must fit do. */
import { accuracy } from '../../src/evaluation/accuracy'
import { mcnemarExact } from '../../src/evaluation/paired'
import { checkpointOf } from '../../src/learning/checkpoint'
import { quick } from '../../src/learning/recipes'
import type { NamedTensors } from '../../src/methods/method'
import { paddingShapes } from '../../src/prompts/padding-shapes'
import { imageOf } from '../../src/formats/border-file'
import type { KeptRun, Predictions, RunRecord } from '../../src/records/run-record'

export const GEOMETRY = { imageSize: 8, width: 2 }

export function borderParameters(draw: (i: number) => number, geometry = GEOMETRY): NamedTensors {
  let n = 0
  return Object.fromEntries(
    Object.entries(paddingShapes(geometry)).map(([key, dims]) => [
      key,
      { dims: [...dims], data: Float32Array.from({ length: dims[0] * dims[1] * dims[2] * dims[3] }, () => draw(n++)) },
    ]),
  )
}

const labels = Uint16Array.from({ length: 60 }, (_, i) => i % 3)
/** Zero-shot is right on two of three, the border on nine of ten. */
const zeroShotTop1 = labels.map((label, i) => (i % 3 === 2 ? (label + 1) % 3 : label))
const promptedTop1 = labels.map((label, i) => (i % 10 === 0 ? (label + 2) % 3 : label))

export const predictions: Predictions = {
  indices: Uint32Array.from(labels, (_, i) => i),
  labels,
  paths: Array.from(labels, (label, i) => `class${label}/${i}.png`),
  zeroShot: { top1: zeroShotTop1, confidence: new Float32Array(60).fill(0.5), ofTruth: new Float32Array(60).fill(0.4) },
  prompted: { top1: promptedTop1, confidence: new Float32Array(60).fill(0.9), ofTruth: new Float32Array(60).fill(0.8) },
}
const [zeroShot, prompted] = [accuracy(zeroShotTop1, labels), accuracy(promptedTop1, labels)]
const right = (top1: Uint16Array) => [...labels].map((label, i) => top1[i] === label)
const [was, is] = [right(zeroShotTop1), right(promptedTop1)]
const fixed = was.filter((before, i) => !before && is[i]).length
const broken = was.filter((before, i) => before && !is[i]).length

export function aRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const val = accuracy(promptedTop1.slice(0, 30), labels.slice(0, 30))
  return {
    version: 1,
    id: '5f0f4c62-2f6e-4f0e-9c0a-000000000001',
    name: null,
    pinned: false,
    createdAt: '2026-11-22T10:00:00.000Z',
    updatedAt: '2026-11-22T10:05:00.000Z',
    state: 'finished',
    kind: 'learned',
    origin: null,
    group: null,
    recipe: { ...quick, steps: 6, validateEvery: 3, borderFraction: 0.25 },
    seed: 3,
    model: {
      id: 'tiny',
      kind: 'clip',
      origin: 'embedded',
      variant: null,
      name: 'tiny',
      title: 'Tiny CLIP',
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.25, 0.2, 0.3],
      sha256: 'ab'.repeat(32),
    },
    task: {
      sample: null,
      album: null,
      title: 'Three things',
      template: 'This is a photo of a {}',
      classes: ['one', 'two', 'three'].map((name) => ({ folder: name, name })),
      counts: { train: [20, 20, 20], val: [10, 10, 10], test: [20, 20, 20] },
      imageSize: 8,
      fingerprint: 'cd'.repeat(32),
      splitSeed: 5,
    },
    outputs: null,
    outputLabels: null,
    engine: 'wasm',
    engineDescription: 'WASM, 2 threads',
    parameterCount: 144,
    border: 2,
    step: 6,
    seconds: 12.5,
    secondsPerStep: 1.5,
    zeroShot: accuracy(zeroShotTop1.slice(0, 30), labels.slice(0, 30)),
    best: { step: 3, accuracy: val },
    outcome: {
      stoppedEarly: false,
      bestStep: 3,
      seconds: 12.5,
      secondsPerStep: 1.5,
      zeroShot,
      prompted,
      pValue: mcnemarExact(fixed, broken),
      fixed,
      broken,
      frozenSha256Before: 'ef'.repeat(32),
      frozenSha256After: 'ef'.repeat(32),
    },
    trouble: null,
    ...changes,
  }
}

export function aRun(changes: Partial<RunRecord> = {}): KeptRun {
  const record = aRecord(changes)
  const parameters = borderParameters((i) => Math.fround(Math.sin(i)))
  const best = { validation: { step: 3, accuracy: record.best!.accuracy, loss: 0.4 }, parameters }
  const state = {
    step: 6,
    parameters: borderParameters((i) => Math.fround(Math.cos(i))),
    optimiser: { step: 6, slots: { mean: borderParameters((i) => i), square: borderParameters(() => 0.5) } },
    batches: { epoch: [1, 2, 3, 4], position: 12, shifts: [5, 6, 7, 8] },
    lossScale: null,
  } as const
  const six = (value: (i: number) => number) => Float64Array.from({ length: 6 }, (_, i) => value(i))
  return {
    record,
    parts: {
      checkpoint: checkpointOf(state, best),
      curves: {
        steps: {
          step: six((i) => i + 1),
          loss: six((i) => 1 / (i + 1)),
          learningRate: six((i) => 0.1 * (1 - i / 6)),
          gradientNorm: six((i) => Math.sqrt(i)),
          accuracy: six((i) => (i % 2 === 1 ? i / 8 : NaN)),
          imagesPerSecond: six((i) => (i === 0 ? NaN : 30 + i)),
        },
        validations: {
          step: Float64Array.of(0, 3, 6),
          top1: Float64Array.of(0.6, 0.9, 0.8),
          low: Float64Array.of(0.4, 0.7, 0.6),
          high: Float64Array.of(0.8, 0.97, 0.9),
        },
      },
      border: imageOf(parameters, GEOMETRY),
      history: [
        { step: 0, parameters: borderParameters(() => 0) },
        { step: 3, parameters },
      ],
      val: null,
      test: predictions,
    },
  }
}
