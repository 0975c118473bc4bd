/** Runs that the pretended lab keeps: three seeds of one recipe, one that failed, one on other pictures, one half way. Their numbers mean nothing. */
import { accuracyOf } from '../../../src/evaluation/accuracy'
import { compare } from '../../../src/evaluation/paired'
import { fixedBorder, fixedLine } from '../../../src/gallery/fixed-data'
import { Random } from '../../../src/data/random'
import type { CommandName, Commands } from '../../../src/lab/protocol'
import type { RunsCommands } from '../../../src/lab/protocol-runs'
import { quick } from '../../../src/learning/recipes'
import type { PredictedRows, Predictions, RunRecord } from '../../../src/records/run-record'

type Answers<K extends CommandName> = { [N in K]: (body: Commands[N][0]) => Commands[N][1] | Promise<Commands[N][1]> }

const PER_CLASS = 100

export function fakeRecord(classes: readonly string[], change: Partial<RunRecord> = {}): RunRecord {
  const each = (n: number) => classes.map(() => n)
  return {
    version: 1,
    id: 'run-1',
    ...{ name: null, pinned: false, kind: 'learned', origin: null, group: null, trouble: null },
    createdAt: '2026-11-20T09:12:00.000Z',
    updatedAt: '2026-11-20T09:14:00.000Z',
    state: 'finished',
    recipe: quick,
    seed: 1,
    model: {
      ...{ id: 'stamp', kind: 'clip', origin: 'embedded', variant: null, name: 'stamp', title: 'Pretended Stamp' },
      ...{ imageSize: 64, mean: [0.481, 0.458, 0.408], std: [0.269, 0.261, 0.276], sha256: 'f'.repeat(64) },
    },
    task: {
      ...{ sample: 'counting', title: 'Counting things', template: 'a picture of {}', album: null, splitSeed: null },
      classes: classes.map((name) => ({ folder: name, name })),
      counts: { train: each(120), val: each(50), test: each(PER_CLASS) },
      ...{ imageSize: 64, fingerprint: 'counting' },
    },
    ...{ outputs: null, outputLabels: null, engine: 'wasm', engineDescription: 'WASM, 2 threads' },
    ...{ parameterCount: 5940, border: 9, step: 130, seconds: 94, secondsPerStep: 0.61 },
    zeroShot: accuracyOf(110, 250),
    best: { step: 104, accuracy: accuracyOf(182, 250) },
    outcome: null,
    ...change,
  }
}

/** Answers to the test images of a run with this seed; zero-shot is the same for every seed. */
export function fakePredictions(classes: number, seed: number, perClass = PER_CLASS): Predictions {
  const labels = Uint16Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass))
  const rows = (random: Random, skill: number): PredictedRows => {
    const top1 = labels.map((label) =>
      random.uniform() < skill ? label : (label + 1 + random.below(classes - 1)) % classes,
    )
    const confidence = Float32Array.from(top1, () => 0.3 + 0.7 * random.uniform())
    return { top1, confidence, ofTruth: confidence.map((p, i) => (top1[i] === labels[i] ? p : (1 - p) / 3)) }
  }
  return {
    indices: Uint32Array.from(labels.keys()),
    labels,
    paths: Array.from(labels, (label, i) => `test/class ${label + 1}/${String(i).padStart(4, '0')}.png`),
    zeroShot: rows(new Random(7), 0.45),
    prompted: rows(new Random(100 + seed), 0.7 + 0.01 * seed),
  }
}

/** The record with the outcome that these predictions give. */
export function measured(record: RunRecord, { labels, zeroShot, prompted }: Predictions): RunRecord {
  const right = ({ top1 }: PredictedRows) =>
    accuracyOf(
      labels.reduce((sum, label, i) => sum + (top1[i] === label ? 1 : 0), 0),
      labels.length,
    )
  const { fixed, broken, pValue } = compare(zeroShot.top1, prompted.top1, labels)
  const sha = record.model.sha256
  return {
    ...record,
    outcome: {
      ...{ stoppedEarly: false, bestStep: 104, seconds: record.seconds, secondsPerStep: record.secondsPerStep, pValue },
      ...{ zeroShot: right(zeroShot), prompted: right(prompted), fixed: fixed.length, broken: broken.length },
      ...{ frozenSha256Before: sha, frozenSha256After: sha },
    },
  }
}

/** What a lab that keeps runs answers. */
export function fakeKeptRuns(classes: readonly string[]): Answers<keyof RunsCommands> {
  const predictions = new Map<string, Predictions>()
  const learn = (id: string, seed: number, change: Partial<RunRecord>) => {
    const answers = fakePredictions(classes.length, seed)
    predictions.set(id, answers)
    return measured(fakeRecord(classes, { id, seed, ...change }), answers)
  }
  const group = (index: number) => ({ group: { id: 'three seeds', index, of: 3 } })
  let records: RunRecord[] = [
    fakeRecord(classes, { id: 'half', state: 'paused', step: 61, seed: 4, createdAt: '2026-11-22T08:00:00.000Z' }),
    learn('seed-3', 3, { ...group(2), createdAt: '2026-11-21T10:06:00.000Z' }),
    learn('seed-2', 2, { ...group(1), createdAt: '2026-11-21T10:03:00.000Z' }),
    learn('seed-1', 1, { ...group(0), createdAt: '2026-11-21T10:00:00.000Z' }),
    learn('wide', 6, {
      ...{ name: 'A wider border', pinned: true, border: 14, parameterCount: 8400 },
      recipe: { ...quick, borderFraction: 0.22, learningRate: 0.05 },
    }),
    learn('other', 5, {
      task: { ...fakeRecord(classes).task, title: 'Other things', fingerprint: 'other', sample: null, splitSeed: 0 },
    }),
    fakeRecord(classes, {
      ...{ id: 'failed', state: 'failed', step: 12, best: null, createdAt: '2026-11-19T10:00:00.000Z' },
      trouble: { message: 'The loss became NaN at step 13.', remedy: 'Try a smaller learning rate.' },
    }),
  ]
  const removed = new Map<string, RunRecord>()
  const find = (id: string) => records.find((record) => record.id === id)!
  const change = (id: string, next: Partial<RunRecord>) => {
    records = records.map((record) => (record.id === id ? { ...record, ...next } : record))
    return {}
  }
  const curves = (seed: number) => {
    const loss = fixedLine('', 130, 1, 1.6, 0.9 - 0.03 * seed, seed)
    const top1 = fixedLine('', 130, 26, 0.44, 0.7 + 0.01 * seed, seed + 50)
    return {
      steps: {
        ...{ step: loss.x, loss: loss.y, learningRate: loss.x, gradientNorm: loss.x },
        ...{ accuracy: loss.x.map(() => NaN), imagesPerSecond: loss.x.map(() => NaN) },
      },
      validations: { step: top1.x, top1: top1.y, low: top1.y, high: top1.y },
    }
  }
  const notHere = () => {
    throw new Error('the pretended lab does not learn from kept runs')
  }
  return {
    runs: () => ({ records, broken: [], lasting: true, usedBytes: null, atWork: [], open: null }),
    commandOf: () => ({ made: null }),
    renameRun: ({ id, name }) => change(id, { name }),
    pinRun: ({ id, pinned }) => change(id, { pinned }),
    removeRun: ({ id }) => {
      removed.set(id, find(id))
      records = records.filter((record) => record.id !== id)
      return {}
    },
    restoreRun: ({ id }) => {
      records = [...records, removed.get(id)!]
      return {}
    },
    predictions: ({ id }) => ({ predictions: predictions.get(id) ?? null }),
    drawnRun: ({ id }) => {
      const { best, seed, border } = find(id)
      return best ? { border: fixedBorder(64, border, seed), curves: curves(seed) } : { border: null, curves: null }
    },
    openRun: ({ id }) => ({
      ...{ record: find(id), curves: null, border: null, val: null, test: null, missing: [], elsewhere: false },
    }),
    ...{ goOn: notHere, exportRun: notHere, importRun: notHere, transfer: notHere, repeat: notHere },
    dropWaiting: () => ({ dropped: 0 }),
    ...{ exportFile: notHere, importFile: notHere },
    runArrangement: () => ({ arrangement: null }),
  }
}

/** On the pretended lab's own pictures. */
export const fakeRuns = fakeKeptRuns(['one object', 'two objects', 'three objects', 'four objects', 'five objects'])
