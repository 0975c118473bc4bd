/** What a run came to on the test split, as it is told and as it is kept. */
import { accuracy } from '../evaluation/accuracy'
import { compare } from '../evaluation/paired'
import type { Best } from '../learning/checkpoint'
import type { Outcome, Predictions } from '../records/run-record'
import type { RunResult } from './protocol'
import type { RunOptions } from './run-options'

/** What is told besides the answers. */
export type Told = Pick<
  RunResult,
  'steps' | 'seconds' | 'secondsPerStep' | 'prompt' | 'frozenSha256Before' | 'frozenSha256After'
>

export function resultOf(
  { engine, mapping, model, recipe, seed, task }: RunOptions,
  best: Best,
  { labels, prompted, zeroShot }: Predictions,
  told: Told,
): RunResult {
  return {
    ...told,
    stoppedEarly: told.steps < recipe.steps,
    bestStep: best.validation.step,
    zeroShot: accuracy(zeroShot.top1, labels),
    prompted: accuracy(prompted.top1, labels),
    ...compare(zeroShot.top1, prompted.top1, labels),
    template: mapping ? null : task.template,
    ...{ model, mapping, seed, engine },
  }
}

export function outcomeOf(result: RunResult): Outcome {
  const { bestStep, frozenSha256After, frozenSha256Before, stoppedEarly } = result
  const { pValue, prompted, seconds, secondsPerStep, zeroShot } = result
  return {
    ...{ bestStep, frozenSha256After, frozenSha256Before, stoppedEarly },
    ...{ pValue, prompted, seconds, secondsPerStep, zeroShot },
    fixed: result.fixed.length,
    broken: result.broken.length,
  }
}
