/** How a run ends: measured once on the test split with the prompt that was best on validation, or by an error. */
import type { Best } from '../learning/checkpoint'
import { writeParameters } from '../learning/parameters'
import type { NamedTensors } from '../methods/method'
import { faultIn } from '../runtime/fault'
import { describeError } from '../errors'
import { checkAnswers, hashAfter } from './frozen-proof'
import { outcomeOf, resultOf } from './outcome'
import type { RunParts } from './run-parts'

/**
 * The test split, bare and prompted, and what is told of it.
 * @param how.onMeasured from then on the images of the test split may be looked at
 */
export async function finish(
  parts: RunParts,
  best: Best,
  how: { readonly frozenBefore: string; readonly onMeasured: () => void },
): Promise<void> {
  const { answers, options, progress, recovery, tell } = parts
  const { device, emit, keeper, task } = options
  tell('testing')
  const steps = progress.step
  await show(parts, best.parameters)

  const total = 2 * task.splits.test.count
  const zeroShot = await answers.logits('zeroShot', 'test', { progress: { stage: 'test', total } })
  const prompted = await answers.logits('method', 'test', { progress: { stage: 'test', done: total / 2, total } })
  await recovery.run((learner) => checkAnswers(learner, task.splits.val, answers.validated, answers.zeroShot))
  const test = answers.testPredictions(zeroShot, prompted)
  const result = resultOf(options, best, test, {
    steps,
    ...progress.clock,
    prompt: await recovery.run(({ method }) => method.border()),
    frozenSha256Before: how.frozenBefore,
    frozenSha256After: await recovery.run((learner) => hashAfter(learner, device)),
  })
  how.onMeasured()
  keeper?.keep({ test, border: result.prompt.slice() })
  keeper?.note({ outcome: outcomeOf(result), seconds: result.seconds })
  emit({ type: 'finished', result })
  tell('finished')
  await keeper?.save()
  await keeper?.close()
}

/** The last good prompt is shown, on a device or without one. */
export async function fail(parts: RunParts, error: unknown): Promise<void> {
  const { options, progress, recovery, tell } = parts
  const { emit, keeper } = options
  const good = progress.lastGood
  if (good) {
    if (recovery.current) await show(parts, good.parameters).catch(() => undefined)
    progress.final = good.parameters
    emit({ type: 'prompt', step: good.step, pixels: good.border.slice() })
  }
  const trouble = describeError(error)
  keeper?.note({ trouble })
  tell('failed')
  const cause = faultIn(error)?.kind
  emit({ type: 'failed', ...trouble, lastGoodStep: good?.step ?? 0, ...(cause && { cause }) })
  await keeper?.save()
  await keeper?.close()
}

/** Learning has ended: from now on the prompt is this one, on whatever device. */
async function show({ progress, recovery }: RunParts, parameters: NamedTensors): Promise<void> {
  progress.final = parameters
  await recovery.run(async ({ method }) => method.setParameters(writeParameters(parameters)))
}
