/** Methods of a study that learn words in the space of token embeddings, or tune them for one picture at a time. */
import { Random } from '../data/random'
import { UserError } from '../errors'
import { freshAdamw } from '../learning/fresh'
import { CoCoOp } from '../methods/text/cocoop'
import { COCOOP_SETTINGS, COCOOP_TRAINING } from '../methods/text/cocoop-settings'
import { CoOp } from '../methods/text/coop'
import { COOP_SETTINGS, COOP_TRAINING, coopEpochs, coopRate } from '../methods/text/coop-settings'
import { TestTimePrompt } from '../methods/text/tpt'
import { TPT_SETTINGS } from '../methods/text/tpt-settings'
import type { LearnableMethod } from '../methods/method'
import type { Clip } from '../models/clip'
import { said } from '../sentence'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { FEATURE_ROWS, learnOnFeatures } from './on-features'

/** Pictures of a batch whose text features are their own. */
const OWN_TEXT_ROWS = 16

export async function trainCoOp(
  bench: StudyBench,
  { label: _, method: __, epochs: asked, ...settings }: ContenderOf<'coop'>,
  options: TrainOptions,
): Promise<Trained> {
  const method = await CoOp.open({
    ...(await common(bench, 'CoOp')),
    settings: { ...COOP_SETTINGS, ...settings },
    random: new Random(options.seed),
  })
  const { classes, splits } = bench.task
  const epochs = asked ?? coopEpochs(splits.train.count / classes.length)
  const found = await learnContext(bench, method, { epochs, batchSize: COOP_TRAINING.batchSize }, options)
  return { method, rows: FEATURE_ROWS, ...found }
}

export async function trainCoCoOp(
  bench: StudyBench,
  { label: _, method: __, epochs = COCOOP_TRAINING.epochs, batchSize, ...settings }: ContenderOf<'cocoop'>,
  options: TrainOptions,
): Promise<Trained> {
  const method = await CoCoOp.open({
    ...(await common(bench, 'CoCoOp')),
    settings: { ...COCOOP_SETTINGS, ...settings },
    random: new Random(options.seed),
  })
  const training = { epochs, batchSize: batchSize ?? COCOOP_TRAINING.batchSize, rows: OWN_TEXT_ROWS }
  const found = await learnContext(bench, method, training, options)
  return { method, rows: OWN_TEXT_ROWS, ...found }
}

/** Nothing is learned ahead: each picture that is answered is tuned for by itself. */
export async function openTpt(
  bench: StudyBench,
  { label: _, method: __, ...settings }: ContenderOf<'tpt'>,
  { seed }: TrainOptions,
): Promise<Trained> {
  const clip = clipOf(bench, 'Test-time prompt tuning')
  const all = { ...TPT_SETTINGS, ...settings, seed }
  const encoder = await bench.encoder()
  const method = await TestTimePrompt.open({
    ...{ engine: bench.engine, clip, names: namesOf(bench), settings: all },
    encode: (batch) => encoder.encode(batch),
    optimiser: () => freshAdamw(all),
  })
  return { method, rows: OWN_TEXT_ROWS, steps: 0, chosen: {} }
}

/** By the schedule of CoOp's authors, which CoCoOp's share. */
async function learnContext(
  bench: StudyBench,
  method: LearnableMethod,
  training: { readonly epochs: number; readonly batchSize: number; readonly rows?: number },
  options: TrainOptions,
): Promise<Pick<Trained, 'steps' | 'chosen'>> {
  const { learningRate, momentum, weightDecay } = COOP_TRAINING
  const optimiser = { kind: 'sgd', momentum, weightDecay, normaliseGradient: false } as const
  const rateOf = (epoch: number) => coopRate(epoch, training.epochs)
  const { step, steps } = await learnOnFeatures(
    bench,
    method,
    { ...training, optimiser, learningRate, rateOf },
    options,
  )
  return { steps, chosen: { step } }
}

async function common(bench: StudyBench, method: string) {
  const clip = clipOf(bench, method)
  const { features } = await bench.features()
  return {
    ...{ engine: bench.engine, clip, names: namesOf(bench) },
    features: (batch: Parameters<typeof features.ofBatch>[0]) => features.ofBatch(batch),
  }
}

const namesOf = ({ task }: StudyBench) => task.classes.map(({ name }) => name)

/** @throws UserError where there is no text tower */
export function clipOf({ model }: StudyBench, method: string): Clip {
  if (model.kind === 'clip') return model
  throw new UserError(
    said`${method} reads the names of the classes, and "${model.name}" has no text tower.`,
    'Leave it out, or take a CLIP.',
  )
}
