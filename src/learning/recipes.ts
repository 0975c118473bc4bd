/**
 * The recipes that come with the program: `quick`, ours and the default, and `paper`, the reference code's values.
 */
import type { Recipe } from './recipe'

/** 30 pixels of 224, the border of Bahng et al. 2022. */
const PAPER_BORDER = 30 / 224

/** Each optimiser with the values that papers and libraries give it. */
export const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const
export const sgd = { kind: 'sgd', momentum: 0.9, normaliseGradient: false } as const

/**
 * Ours: starts from no border at all, no warm-up, Adam, small random shifts of the image behind the border.
 * Values chosen on the validation splits of the three sample tasks; figures in docs/numbers.md.
 */
export const quick: Recipe = {
  version: 1,
  name: 'quick',
  method: 'padding',
  borderFraction: PAPER_BORDER,
  init: 'zero',
  optimiser: adam,
  learningRate: 0.1,
  warmupSteps: 0,
  steps: 130,
  batchSize: 64,
  shiftFraction: 0.03,
  validateEvery: 26,
}

/**
 * The same on a classifier, whose logits need not be those of the task at all: the border has further to go. Chosen on
 * validation splits of two classifiers (docs/decisions/classifiers.md).
 */
export const quickOnClassifier: Recipe = { ...quick, learningRate: 1.5 }

/**
 * The reference code of Bahng et al. 2022 (main_clip.py, defaults): SGD of rate 40 and momentum 0.9, 1000 warm-up steps,
 * then cosine; batch 256; noise as start; no augmentation; no weight decay.
 *
 * The code counts 1000 epochs; a recipe counts steps, so this is a function of the number of training images: an epoch
 * is ceil(images / batch) steps, its last batch being smaller, and validation follows every epoch. Warm-up never takes
 * the whole run: with few images (under 257: 1000 steps in all) 1000 steps of warm-up would leave no cosine, and is cut
 * to half of the steps. Unlike the code, the best prompt is chosen on validation, never on test.
 */
export function paper(trainingImages: number): Recipe {
  const batchSize = 256
  const stepsPerEpoch = Math.max(1, Math.ceil(trainingImages / batchSize))
  const steps = 1000 * stepsPerEpoch
  return {
    version: 1,
    name: 'paper',
    method: 'padding',
    borderFraction: PAPER_BORDER,
    init: 'normal',
    optimiser: sgd,
    learningRate: 40,
    warmupSteps: Math.min(1000, steps / 2),
    steps,
    batchSize,
    shiftFraction: 0,
    validateEvery: stepsPerEpoch,
  }
}

export const RECIPE_NAMES = ['quick', 'paper'] as const
export type RecipeName = (typeof RECIPE_NAMES)[number]

/** A recipe by name, for a kind of model and a task with this many training images. */
export function recipeByName(name: RecipeName, trainingImages: number, kind: 'clip' | 'classifier' = 'clip'): Recipe {
  if (name === 'paper') return paper(trainingImages)
  return kind === 'clip' ? quick : quickOnClassifier
}
