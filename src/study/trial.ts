/** One cell of a study: a method made ready with one seed, and measured once on the test split. */
import { z } from 'zod'
import { argmaxRows } from '../evaluation/accuracy'
import { predictAll } from '../learning/selection'
import type { StudyBench } from './bench'
import { contenderSchema, isOnFeatures } from './contender'
import { train, type TrainOptions } from './contenders'
import { keyOf, type Cell } from './plan'

const countsSchema = z.strictObject({ train: z.int(), val: z.int(), test: z.int() })

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
  right: z.string().regex(/^[01]*$/),
})
export type Trial = z.infer<typeof trialSchema>

export const correctOf = ({ right }: Trial): number => right.replaceAll('0', '').length

export function cellOf({ model, task }: StudyBench, contender: Cell['contender'], seed: number): Cell {
  const { fingerprint, template } = task
  return { modelSha256: model.sha256, fingerprint, template, contender, seed }
}

/** @throws UserError as the method does; what the signal was aborted with */
export async function runTrial(bench: StudyBench, cell: Cell, hooks: Omit<TrainOptions, 'seed'> = {}): Promise<Trial> {
  const { engine, model, task } = bench
  const { contender, seed } = cell
  // Encoded once for all methods that learn on features; each is said to take as long as it would have alone.
  const encoding = isOnFeatures(contender) ? (await bench.features()).seconds : { train: 0, val: 0, test: 0 }
  const began = performance.now()
  const { method, rows, steps, chosen } = await train(bench, contender, { ...hooks, seed })
  const trained = performance.now()
  try {
    const right = async (split: 'val' | 'test') => {
      const afterBatch = () => hooks.signal?.throwIfAborted()
      const logits = await predictAll(method, bench.builder(split, rows), { afterBatch })
      const { labels } = task.splits[split]
      return Array.from(argmaxRows(logits, task.classes.length), (answer, i) => (answer === labels[i] ? '1' : '0'))
    }
    const validation = await right('val')
    const testBegan = performance.now()
    const test = await right('test')
    const tested = performance.now()
    const images = { train: task.splits.train.count, val: task.splits.val.count, test: task.splits.test.count }
    const { splitSeed, title, fingerprint } = task
    const template = model.kind === 'clip' ? task.template : null
    return {
      ...{ key: keyOf(cell), date: new Date().toISOString(), contender, seed },
      model: { name: model.name, sha256: model.sha256 },
      task: { title, fingerprint, template, classes: task.classes.length, images, splitSeed },
      ...{ engine: engine.kind, parameterCount: method.parameterCount, steps, chosen },
      trainSeconds: encoding.train + encoding.val + (trained - began) / 1000,
      testSeconds: encoding.test + (tested - testBegan) / 1000,
      validationCorrect: validation.filter((one) => one === '1').length,
      right: test.join(''),
    }
  } finally {
    method.dispose()
  }
}
