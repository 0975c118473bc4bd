/**
 * How each method of a study is made ready on a bench: trained or solved on the training split, chosen on validation. What
 * comes back answers any picture; the test split is nobody's business here.
 */
import type { Accuracy } from '../evaluation/accuracy'
import { KNearest } from '../methods/features/k-nearest'
import { LinearProbe } from '../methods/features/linear-probe'
import { linearProbeDefaults } from '../methods/features/linear-probe-settings'
import { NearestMean } from '../methods/features/nearest-mean'
import { kNearestDefaults, nearestMeanDefaults } from '../methods/features/neighbours-settings'
import { TextEnsemble } from '../methods/features/text-ensemble'
import { TipAdapter } from '../methods/features/tip-adapter'
import { TipAdapterF } from '../methods/features/tip-adapter-f'
import { tipAdapterDefaults, tipAdapterFTraining } from '../methods/features/tip-adapter-settings'
import type { FittedMethod, Method } from '../methods/method'
import { ZeroShot } from '../methods/zero-shot'
import { encodeEnsemble, encodeTemplates } from '../models/class-embeddings'
import { IMAGENET_7, IMAGENET_80 } from '../models/templates'
import type { StudyBench } from './bench'
import type { Contender, ContenderOf } from './contender'
import { trainBlackBox } from './on-black-box'
import { trainBest } from './on-best'
import { trainJoint } from './on-both-towers'
import { openDrawn } from './on-drawings'
import type { Validated } from './learn'
import { FEATURE_ROWS, featureTask, learnOnFeatures } from './on-features'
import { trainMapping } from './on-mapping'
import { trainDesign, trainPadding } from './on-pixels'
import type { OpenContext, StudyContext } from './contexts'
import { trainReprogramming, trainUnadversarial } from './on-programs'
import { trainFineTune } from './on-weights'
import { openTestTimeVisual } from './on-test-time'
import { clipOf, openTpt, trainCoCoOp, trainCoOp } from './on-text'

export interface TrainOptions {
  readonly seed: number
  /** Part of the whole that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void
  /** What it answers on validation on the way, where it is learned step by step. */
  readonly onValidation?: (accuracy: Accuracy) => void
  /** Ends it with what it was aborted with. */
  readonly signal?: AbortSignal
  /** Reads a file of learned words; absent where there are no files. */
  readonly openContext?: OpenContext
}

export interface Trained {
  /** The caller disposes it. */
  readonly method: Method
  /** Rows of its batches. */
  readonly rows: number
  /** Steps of an optimiser; 0 where there were none. */
  readonly steps: number
  /** What was chosen on validation, by name: a step, a C, a number of neighbours. */
  readonly chosen: Readonly<Record<string, number | string>>
  /** Of what is learned by steps. */
  readonly validations?: readonly Validated[]
  /** Words that were learned or given: they serve other class names too, where all classes share them. */
  readonly context?: StudyContext
}

/** Nothing was learned, nothing chosen. */
const NOTHING = { steps: 0, chosen: {} }

type Train<M extends Contender['method']> = (
  bench: StudyBench,
  contender: ContenderOf<M>,
  options: TrainOptions,
) => Promise<Trained>

const CONTENDERS: { readonly [M in Contender['method']]: Train<M> } = {
  'zero-shot': async (bench, { templates = 'task', ensemble = 'embeddings' }, { signal }) => {
    if (templates !== 'task')
      return { method: await ensembleOf(bench, templates, ensemble, signal), rows: FEATURE_ROWS, ...NOTHING }
    const classifier = await bench.classifier(Infinity)
    return { method: new ZeroShot(classifier), rows: classifier.batchSize, ...NOTHING }
  },

  padding: trainPadding,
  'visual-prompt': trainDesign,

  'output-mapping': trainMapping,

  'linear-probe': async (bench, { label: _, ...settings }, options) => {
    const task = await featureTask(bench)
    const probe = new LinearProbe(bench.engine, task, task.width, { ...linearProbeDefaults, ...settings })
    return fitted(probe, options, () => ({ C: probe.tried[0]!.c }))
  },

  'nearest-mean': async (bench, { label: _, ...settings }, options) => {
    const task = await featureTask(bench)
    return fitted(new NearestMean(task, task.width, { ...nearestMeanDefaults, ...settings }), options)
  },

  'k-nearest': async (bench, { label: _, ...settings }, options) => {
    const task = await featureTask(bench)
    const neighbours = new KNearest(task, task.width, { ...kNearestDefaults, ...settings })
    return fitted(neighbours, options, () => ({ k: neighbours.k }))
  },

  'tip-adapter': async (bench, { label: _, method: __, ...settings }, options) => {
    clipOf(bench, 'Tip-Adapter')
    const { classEmbeddings } = await bench.frozen()
    const adapter = new TipAdapter(await featureTask(bench), classEmbeddings, { ...tipAdapterDefaults, ...settings })
    return fitted(adapter, options, () => ({ ...adapter.strengths }))
  },

  'tip-adapter-f': async (bench, { label: _, method: __, epochs, ...settings }, options) => {
    clipOf(bench, 'Tip-Adapter-F')
    const { classEmbeddings } = await bench.frozen()
    const method = await TipAdapterF.open(await featureTask(bench), classEmbeddings, {
      ...tipAdapterDefaults,
      ...settings,
    })
    const training = { ...tipAdapterFTraining, epochs: epochs ?? tipAdapterFTraining.epochs }
    const { step, steps } = await learnOnFeatures(bench, method, training, options)
    const strengths = await orDispose(method, method.search(options.signal ? { signal: options.signal } : {}))
    return { method, rows: FEATURE_ROWS, steps, chosen: { step, ...strengths } }
  },

  coop: trainCoOp,
  cocoop: trainCoCoOp,
  tpt: openTpt,
  drawn: openDrawn,
  'black-box': trainBlackBox,
  joint: trainJoint,
  best: trainBest,
  'fine-tune': trainFineTune,
  reprogramming: trainReprogramming,
  unadversarial: trainUnadversarial,
  'test-time-visual': openTestTimeVisual,
}

/** @throws UserError as the method does; what the signal was aborted with */
export function train<M extends Contender['method']>(
  bench: StudyBench,
  contender: ContenderOf<M>,
  options: TrainOptions,
): Promise<Trained> {
  const make = CONTENDERS[contender.method as M] as Train<M>
  return make(bench, contender, options)
}

async function fitted(
  method: FittedMethod,
  { onProgress, signal }: TrainOptions,
  chosen: () => Trained['chosen'] = () => ({}),
): Promise<Trained> {
  const told = onProgress && ((done: number, total: number) => onProgress(done / total))
  await orDispose(method, method.fit({ ...(told && { onProgress: told }), ...(signal && { signal }) }))
  return { method, rows: FEATURE_ROWS, steps: 0, chosen: chosen() }
}

async function orDispose<T>(method: Method, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    method.dispose()
    throw error
  }
}

async function ensembleOf(
  bench: StudyBench,
  named: Exclude<ContenderOf<'zero-shot'>['templates'], 'task' | undefined>,
  ensemble: 'embeddings' | 'probabilities',
  signal: AbortSignal | undefined,
): Promise<TextEnsemble> {
  const clip = clipOf(bench, 'An ensemble of templates')
  const { engine, task } = bench
  const templates = typeof named === 'string' ? TEMPLATES[named] : named
  const names = task.classes.map(({ name }) => name)
  const options = signal ? { signal } : {}
  const matrices =
    ensemble === 'embeddings'
      ? [await encodeEnsemble(engine, clip, templates, names, options)]
      : await encodeTemplates(engine, clip, templates, names, options)
  return new TextEnsemble((await bench.features()).features, matrices, names.length)
}

const TEMPLATES = { 'imagenet-80': IMAGENET_80, 'imagenet-7': IMAGENET_7 } as const
