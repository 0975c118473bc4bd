/**
 * Output mappings of a study: those that a prompt is learned with, set, found anew or learned along; and those that stand by
 * themselves, without a prompt.
 */
import type { Random } from '../data/random'
import { createOptimiser, type Optimiser } from '../learning/optimiser'
import { grouped } from '../learning/optimiser-groups'
import type { Recipe } from '../learning/recipe'
import { predictAll } from '../learning/selection'
import type { Classifier } from '../methods/classifier'
import type { HeadKind } from '../methods/entry'
import { MappedFeatures } from '../methods/features/mapped-outputs'
import { LAYER, LinearlyMapped } from '../methods/linear-mapping'
import type { LearnableMethod, Method } from '../methods/method'
import { foundMatrix, hardCodedMatrix, outputsOf, type MappedOutputs } from '../methods/output-mapping'
import { LINEAR_RATE, type OutputMappingSettings } from '../methods/output-mapping-settings'
import type { VisualPrompt } from '../methods/visual-prompt'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { FEATURE_ROWS, featureTask } from './on-features'
import type { Lesson } from './learn'

/** What learning with a mapping needs of the frozen graph. */
export const headFor = (settings: OutputMappingSettings | undefined): HeadKind =>
  settings === undefined || isHardCoded(settings) ? 'fixed' : 'open'

const isHardCoded = ({ kind }: OutputMappingSettings) =>
  kind === 'first' || kind === 'random' || kind === 'chosen' || kind === 'swapped'

/** Epochs between two mappings; null: it is found once. */
function intervalOf(settings: OutputMappingSettings): number | null {
  switch (settings.kind) {
    case 'iterative':
    case 'bayesian':
    case 'bayesian-plus':
      return settings.interval ?? 1
    default:
      return null
  }
}

/** A prompt with its mapping, as learning takes it. */
export interface MappedLesson {
  readonly method: LearnableMethod
  readonly hooks: Pick<Lesson, 'beforeStep' | 'beside'>
  /** Of the loop, in place of the recipe's. */
  readonly optimiser?: Optimiser
}

export interface MappingAbout {
  /** Of `random`. */
  readonly random: Random
  readonly stepsPerEpoch: number
  /** Of the prompt. */
  readonly recipe: Pick<Recipe, 'learningRate' | 'optimiser'>
}

/**
 * Sets the classifier's mapping as it is before the first step.
 * @param prompt on a classifier whose head is that of `headFor`; disposed on an error
 * @param settings where there are none, the task's own texts or the first outputs stay
 */
export async function withMapping(
  bench: StudyBench,
  classifier: Classifier,
  prompt: VisualPrompt,
  settings: OutputMappingSettings | undefined,
  about: MappingAbout,
): Promise<MappedLesson> {
  if (settings === undefined) return { method: prompt, hooks: {} }
  try {
    return await mapped(bench, classifier, prompt, settings, about)
  } catch (error) {
    prompt.dispose()
    throw error
  }
}

async function mapped(
  bench: StudyBench,
  classifier: Classifier,
  prompt: VisualPrompt,
  settings: OutputMappingSettings,
  { random, recipe, stepsPerEpoch }: MappingAbout,
): Promise<MappedLesson> {
  const outputs = await outputsFor(bench)
  const fixed = hardCodedMatrix(settings, await mappingTask(bench, outputs, random.uint32()))
  const set = (matrix: Float32Array): void => classifier.setClassEmbeddings(matrix)
  if (fixed) {
    set(fixed)
    return { method: prompt, hooks: {} }
  }
  if (settings.kind === 'linear') {
    const method = new LinearlyMapped(prompt, outputs, bench.task.classes.length)
    // Each group keeps its own state: normalising the prompt's gradient is not to look at the layer's.
    const optimiser = grouped([
      { names: Object.keys(prompt.parameters), optimiser: createOptimiser(recipe.optimiser), factor: 1 },
      {
        ...{ names: Object.values(LAYER), optimiser: createOptimiser(recipe.optimiser) },
        factor: (settings.rate ?? LINEAR_RATE) / recipe.learningRate,
      },
    ])
    return { method, hooks: {}, optimiser }
  }
  const found = settings as Exclude<
    OutputMappingSettings,
    { kind: 'first' | 'random' | 'chosen' | 'swapped' | 'linear' }
  >
  const { train } = bench.task.splits
  const builder = bench.builder('train', classifier.batchSize)
  let matrix: Float32Array
  const find = async () => {
    const encoded = await predictAll(encoderOf(prompt), builder)
    matrix = await foundMatrix(found, outputs, encoded, train.labels, bench.task.classes.length)
    set(matrix)
  }
  await find()
  const interval = intervalOf(settings)
  return {
    method: prompt,
    hooks: {
      async beforeStep(made) {
        if (interval !== null && made > 0 && made % (interval * stepsPerEpoch) === 0) await find()
      },
      beside() {
        const now = matrix
        return () => set(now)
      },
    },
  }
}

/** What the encoder gives of prompted pictures, as answers. */
const encoderOf = (prompt: VisualPrompt): Method => ({
  ...{ id: prompt.id, parameterCount: prompt.parameterCount },
  predict: (batch) => prompt.encode(batch),
  dispose() {},
})

/** A mapping alone: the frozen model's answers to bare pictures, mapped. */
export async function trainMapping(
  bench: StudyBench,
  { mapping }: ContenderOf<'output-mapping'>,
  { seed, signal }: TrainOptions,
): Promise<Trained> {
  const task = await featureTask(bench)
  const outputs = await outputsFor(bench)
  const fixed = hardCodedMatrix(mapping, await mappingTask(bench, outputs, seed))
  const find = async (encoded: Float32Array) =>
    fixed ??
    foundMatrix(mapping as Parameters<typeof foundMatrix>[0], outputs, encoded, task.train.labels, task.classes)
  const method = new MappedFeatures(task, task.width, bench.model.kind === 'clip', find)
  await method.fit(signal ? { signal } : {})
  return { method, rows: FEATURE_ROWS, steps: 0, chosen: {} }
}

const namesOf = ({ task }: StudyBench) => task.classes.map(({ name }) => name)

const mappingTask = async (bench: StudyBench, outputs: MappedOutputs, seed: number) => ({
  ...{ outputs, seed, folders: bench.task.classes.map(({ folder }) => folder) },
  classEmbeddings: (await bench.frozen()).classEmbeddings,
})

/** Texts are encoded once for all methods of a bench. */
const known = new WeakMap<StudyBench, Promise<MappedOutputs>>()

function outputsFor(bench: StudyBench): Promise<MappedOutputs> {
  const there = known.get(bench)
  if (there) return there
  const made = outputsOf(bench.engine, bench.model, namesOf(bench))
  known.set(bench, made)
  made.catch(() => known.delete(bench))
  return made
}
