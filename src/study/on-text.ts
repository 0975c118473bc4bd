/** Methods of a study that learn words in the space of token embeddings, or tune them for one picture at a time. */
import { Random } from '../data/random'
import { UserError } from '../errors'
import { freshAdamw } from '../learning/fresh'
import { readParameters } from '../learning/parameters'
import { CoCoOp } from '../methods/text/cocoop'
import { COCOOP_SETTINGS, COCOOP_TRAINING } from '../methods/text/cocoop-settings'
import { CoOp } from '../methods/text/coop'
import { COOP_SETTINGS, COOP_TRAINING, coopEpochs, coopRate } from '../methods/text/coop-settings'
import { TestTimePrompt } from '../methods/text/tpt'
import { TPT_SETTINGS } from '../methods/text/tpt-settings'
import type { LearnableMethod, Method } from '../methods/method'
import type { Clip } from '../models/clip'
import { said } from '../sentence'
import { yieldToMessages } from '../yield'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { givenContext, type StudyContext } from './contexts'
import { FEATURE_ROWS, learnOnFeatures } from './on-features'

/** Pictures of a batch whose text features are their own. */
const OWN_TEXT_ROWS = 16

export async function trainCoOp(
  bench: StudyBench,
  { label, method: _, context: file, epochs: asked, ...settings }: ContenderOf<'coop'>,
  options: TrainOptions,
): Promise<Trained> {
  if (file !== undefined) {
    return openContext(bench, await givenContext({ label, file, method: 'coop', ...settings }, options))
  }
  const all = { ...COOP_SETTINGS, ...settings }
  const method = await CoOp.open({
    ...(await common(bench, 'CoOp')),
    settings: all,
    random: new Random(options.seed),
  })
  const { classes, splits } = bench.task
  const epochs = asked ?? coopEpochs(splits.train.count / classes.length)
  const found = await learnContext(bench, method, { epochs, batchSize: COOP_TRAINING.batchSize }, options)
  const context = {
    method: 'coop',
    parameters: await readParameters(method.parameters),
    position: all.position,
  } as const
  return { method, rows: FEATURE_ROWS, ...found, context }
}

export async function trainCoCoOp(
  bench: StudyBench,
  { label, method: _, context: file, epochs = COCOOP_TRAINING.epochs, batchSize, ...settings }: ContenderOf<'cocoop'>,
  options: TrainOptions,
): Promise<Trained> {
  if (file !== undefined) {
    return openContext(bench, await givenContext({ label, file, method: 'cocoop', ...settings }, options))
  }
  const all = { ...COCOOP_SETTINGS, ...settings }
  const method = await CoCoOp.open({
    ...(await common(bench, 'CoCoOp')),
    settings: all,
    random: new Random(options.seed),
  })
  const training = { epochs, batchSize: batchSize ?? COCOOP_TRAINING.batchSize, rows: OWN_TEXT_ROWS }
  const found = await learnContext(bench, method, training, options)
  const parameters = await readParameters(method.parameters)
  const context = { method: 'cocoop', parameters, position: all.position } as const
  return { method, rows: OWN_TEXT_ROWS, ...found, context }
}

/** A context as it was learned, around the class names of this task: nothing is learned any more. */
export async function openContext(bench: StudyBench, context: StudyContext): Promise<Trained> {
  const { parameters, position } = context
  const nothing = { steps: 0, chosen: {}, context }
  if (context.method === 'cocoop') return { method: await openCoCoOp(bench, context), rows: OWN_TEXT_ROWS, ...nothing }
  const method = await CoOp.open({
    ...(await common(bench, 'CoOp')),
    ...{ settings: { ...COOP_SETTINGS, position }, random: new Random(0), context: parameters.ctx! },
  })
  return { method, rows: FEATURE_ROWS, ...nothing }
}

async function openCoCoOp(bench: StudyBench, { parameters, position }: StudyContext): Promise<CoCoOp> {
  return CoCoOp.open({
    ...(await common(bench, 'CoCoOp')),
    ...{ settings: { ...COCOOP_SETTINGS, position }, random: new Random(0), learned: parameters },
  })
}

/** Nothing is learned ahead: each picture that is answered is tuned for by itself, from words or from a learned context. */
export async function openTpt(
  bench: StudyBench,
  { label, method: _, context: file, ...settings }: ContenderOf<'tpt'>,
  options: TrainOptions,
): Promise<Trained> {
  const clip = clipOf(bench, 'Test-time prompt tuning')
  const given = file === undefined ? null : await givenContext({ label, file, ...settings }, options)
  const position = given?.position ?? settings.position ?? TPT_SETTINGS.position
  const all = { ...TPT_SETTINGS, ...settings, position, seed: options.seed }
  const encoder = await bench.encoder()
  const perPicture = given?.method === 'cocoop' ? await openCoCoOp(bench, given) : null
  try {
    const tpt = await TestTimePrompt.open({
      ...{ engine: bench.engine, clip, names: namesOf(bench), settings: all },
      encode: async (batch) => {
        // Once a picture, which takes some time: between two of them it may be ended.
        await yieldToMessages()
        options.signal?.throwIfAborted()
        return encoder.encode(batch)
      },
      optimiser: () => freshAdamw(all),
      ...(perPicture && { perPicture }),
      ...(given?.method === 'coop' && { context: given.parameters.ctx! }),
    })
    const method = perPicture ? together(tpt, perPicture) : tpt
    return { method, rows: OWN_TEXT_ROWS, steps: 0, chosen: {} }
  } catch (error) {
    perPicture?.dispose()
    throw error
  }
}

/** A method with another that it leans on: they go together. */
const together = (method: Method, leanedOn: Method): Method => ({
  ...{ id: method.id, parameterCount: method.parameterCount },
  predict: (batch, strength) => method.predict(batch, strength),
  dispose() {
    method.dispose()
    leanedOn.dispose()
  },
})

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
  const stepsPerEpoch = Math.ceil(bench.task.splits.train.count / training.batchSize)
  return { steps, chosen: { step, epoch: step / stepsPerEpoch } }
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
