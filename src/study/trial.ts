/** One cell of a study: a method made ready with one seed, and measured once on the test split. */
import { z } from 'zod'
import { argmaxRows } from '../evaluation/accuracy'
import { corruptionName, type Corruption } from '../data/corruptions'
import { BatchBuilder } from '../learning/batches'
import { predictAll } from '../learning/selection'
import type { FitOptions } from '../methods/method'
import type { StudyBench } from './bench'
import { onNewClasses } from './base-to-new'
import { contenderSchema, contextFileOf, isOnFeatures } from './contender'
import { train as trainOn, type Trained, type TrainOptions } from './contenders'
import { wordsOf, type StudyContext } from './contexts'
import { keyOf, type Cell } from './plan'
import { shiftedSet } from './variants'
import { yieldToMessages } from '../yield'

const countsSchema = z.strictObject({ train: z.int(), val: z.int(), test: z.int() })

const rightSchema = z.string().regex(/^[01]*$/)

/** One line of a study's results: everything that a number is shown with. */
export const trialSchema = z.strictObject({
  key: z.string(),
  /** ISO 8601, UTC. */
  date: z.string(),
  contender: contenderSchema,
  seed: z.int(),
  model: z.strictObject({ name: z.string(), sha256: z.string() }),
  task: z.strictObject({
    title: z.string(),
    fingerprint: z.string(),
    /** Of a CLIP; null where a classifier's outputs stand for the classes. */
    template: z.string().nullable(),
    classes: z.int(),
    images: countsSchema,
    /** null where the split came with the images. */
    splitSeed: z.int().nullable(),
    /** Says which of a study's tasks it is, where its data are not the same for every seed (variants.ts). */
    table: z.string().optional(),
    shots: z.int().optional(),
    diversity: z.strictObject({ features: z.number(), pixels: z.number() }).optional(),
  }),
  engine: z.string(),
  /** Learned scalars. */
  parameterCount: z.int(),
  /** Steps of an optimiser; 0 where there were none. */
  steps: z.int(),
  /** What was chosen on validation. */
  chosen: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Making ready, encoding, validations and choice included; and answering the test split, encoding included. */
  trainSeconds: z.number(),
  testSeconds: z.number(),
  /** On the validation split, all of it. */
  validationCorrect: z.int(),
  /** Of each image of the test split, in its order: 1 answered rightly, 0 not. */
  right: rightSchema,
  /** From base to new classes (base-to-new.ts): all above is of the base classes, this of the others. */
  newClasses: z.strictObject({ classes: z.int(), right: rightSchema, testSeconds: z.number() }).optional(),
  /** The same test images, each changed in the ways that the study names. */
  shifted: z.array(z.strictObject({ shift: z.string(), right: rightSchema })).optional(),
  /** Of what is learned by steps, each look at the validation split: step, right answers, of how many. */
  validations: z.array(z.tuple([z.int(), z.int(), z.int()])).optional(),
  /** Nearest words of each place of a learned context, nearest first. */
  words: z.array(z.array(z.strictObject({ word: z.string(), distance: z.number() }))).optional(),
})
export type Trial = z.infer<typeof trialSchema>

export const correctOf = ({ right }: Trial): number => right.replaceAll('0', '').length

export interface TrialHooks extends Omit<TrainOptions, 'seed'> {
  /** Work around the learning: pictures encoded for all methods on features, and pictures answered at the end. */
  readonly onPictures?: (doing: 'encoding' | 'answering', done: number, total: number) => void
  /** The classes that it is not learned on, where it is tested on them too. */
  readonly novel?: StudyBench
  /** What was learned of words, before the trial is told of. */
  readonly onContext?: (context: StudyContext) => void
}

export function cellOf(
  { model, task }: Pick<StudyBench, 'model' | 'task'>,
  contender: Cell['contender'],
  seed: number,
): Cell {
  const { fingerprint, template } = task
  return { modelSha256: model.sha256, fingerprint, template, contender, seed }
}

/** @throws UserError as the method does; what the signal was aborted with */
export async function runTrial(bench: StudyBench, cell: Cell, hooks: TrialHooks = {}): Promise<Trial> {
  const { engine, model, task } = bench
  const { novel, onContext, onPictures, ...train } = hooks
  const { signal } = hooks
  const { contender, seed } = cell
  // Encoded once for all methods that learn on features; each is said to take as long as it would have alone.
  const encodingOptions: FitOptions = {
    onProgress: (done, total) => onPictures?.('encoding', done, total),
    ...(signal && { signal }),
  }
  const encoding = isOnFeatures(contender)
    ? (await bench.features(encodingOptions)).seconds
    : { train: 0, val: 0, test: 0 }
  const began = performance.now()
  const trained = await trainOn(bench, contender, { ...train, seed })
  const ended = performance.now()
  const { method, steps, chosen, context, validations } = trained
  try {
    const { val, test: tests } = task.splits
    const told = (before: number) => (done: number) => onPictures?.('answering', before + done, val.count + tests.count)
    const validation = await answers(bench, trained, 'val', { onImages: told(0), ...(signal && { signal }) })
    const testBegan = performance.now()
    const test = await answers(bench, trained, 'test', { onImages: told(val.count), ...(signal && { signal }) })
    const tested = performance.now()
    const shifted = cell.shifts && (await answersToShifted(bench, trained, cell.shifts, signal))
    const newClasses = novel && (await answersToNew(novel, cell, trained, train))
    const words = context && (await wordsOf(bench, context))
    if (context && contextFileOf(contender) === null) onContext?.(context)
    const images = { train: task.splits.train.count, val: val.count, test: tests.count }
    const { splitSeed, title, fingerprint } = task
    const template = model.kind === 'clip' ? task.template : null
    return {
      ...{ key: keyOf(cell), date: new Date().toISOString(), contender, seed },
      model: { name: model.name, sha256: model.sha256 },
      task: { title, fingerprint, template, classes: task.classes.length, images, splitSeed },
      ...{ engine: engine.kind, parameterCount: method.parameterCount, steps, chosen },
      trainSeconds: encoding.train + encoding.val + (ended - began) / 1000,
      testSeconds: encoding.test + (tested - testBegan) / 1000,
      validationCorrect: validation.replaceAll('0', '').length,
      right: test,
      ...(shifted && { shifted }),
      ...(validations && { validations: validations.map(([...one]) => one) }),
      ...(newClasses && { newClasses }),
      ...(words && { words }),
    }
  } finally {
    method.dispose()
  }
}

/** Of each image of a split, 1 where it was answered rightly. */
async function answers(
  bench: StudyBench,
  { method, rows }: Pick<Trained, 'method' | 'rows'>,
  split: 'val' | 'test',
  { onImages, signal }: { readonly onImages?: (done: number) => void; readonly signal?: AbortSignal },
): Promise<string> {
  const afterBatch = async (done: number) => {
    onImages?.(done)
    await yieldToMessages()
    signal?.throwIfAborted()
  }
  const logits = await predictAll(method, bench.builder(split, rows), { afterBatch })
  const { classes, splits } = bench.task
  const { labels } = splits[split]
  return Array.from(argmaxRows(logits, classes.length), (answer, i) => (answer === labels[i] ? '1' : '0')).join('')
}

async function answersToShifted(
  { model, task }: StudyBench,
  { method, rows }: Pick<Trained, 'method' | 'rows'>,
  shifts: readonly Corruption[],
  signal: AbortSignal | undefined,
): Promise<NonNullable<Trial['shifted']>> {
  const found: NonNullable<Trial['shifted']> = []
  for (const shift of shifts) {
    const set = shiftedSet(task.splits.test, shift, task.imageSize)
    const afterBatch = async () => {
      await yieldToMessages()
      signal?.throwIfAborted()
    }
    const logits = await predictAll(method, new BatchBuilder(set, model, rows), { afterBatch })
    const right = Array.from(argmaxRows(logits, task.classes.length), (answer, i) => Number(answer === set.labels[i]))
    found.push({ shift: corruptionName(shift), right: right.join('') })
  }
  return found
}

async function answersToNew(
  novel: StudyBench,
  { contender, seed }: Cell,
  trained: Trained,
  hooks: Omit<TrainOptions, 'seed'>,
): Promise<NonNullable<Trial['newClasses']>> {
  const encoding = isOnFeatures(contender) ? (await novel.features()).seconds.test : 0
  const began = performance.now()
  const carried = await onNewClasses(novel, contender, trained, { ...hooks, seed })
  try {
    const right = await answers(novel, carried, 'test', hooks.signal ? { signal: hooks.signal } : {})
    const seconds = encoding + (performance.now() - began) / 1000
    return { classes: novel.task.classes.length, right, testSeconds: seconds }
  } finally {
    carried.method.dispose()
  }
}
