/**
 * Learning from the first step to the last without anyone at the controls: the same steps and the same choice on validation as a
 * run on the page makes of this recipe and seed (lab/learning.ts), bit for bit where the engine repeats itself.
 */
import type { ImageSet } from '../data/task'
import { UserError } from '../errors'
import type { BatchBuilder } from '../learning/batches'
import type { Best } from '../learning/checkpoint'
import type { Loop } from '../learning/loop'
import { readParameters, writeParameters } from '../learning/parameters'
import { isBetter, predictAll, validatedImages, validationOf } from '../learning/selection'
import type { LearnableMethod } from '../methods/method'
import { said } from '../sentence'
import { yieldToMessages } from '../yield'
import type { TrainOptions } from './contenders'

export interface Lesson {
  readonly loop: Loop
  readonly method: LearnableMethod
  /** Of the validation split. */
  readonly builder: BatchBuilder
  readonly val: ImageSet
  readonly classes: number
  readonly steps: number
  /** Validation every so many steps, and after the last. */
  readonly validateEvery: number
  /** Adapts what is chosen on validation beside the parameters, before each validation. */
  readonly beforeValidation?: () => Promise<void>
  /** Adapts what is not learned by steps, before the step that follows so many. */
  readonly beforeStep?: (made: number) => Promise<void>
  /** That, as it is now: what comes back brings it back. Kept with the parameters that are best on validation. */
  readonly beside?: () => () => void
}

/** One look at the validation split: step, right answers, of how many pictures. */
export type Validated = readonly [step: number, correct: number, of: number]

export interface Learned {
  /** The step that the parameters are of. */
  readonly step: number
  readonly validations: readonly Validated[]
}

/**
 * Leaves the method with the parameters that were best on validation, and the loop disposed; on an error the method too.
 * @throws UserError where the loss is no longer a number; what the signal was aborted with
 */
export async function learnToBest(
  lesson: Lesson,
  { onProgress, onValidation, signal }: TrainOptions,
): Promise<Learned> {
  const { beforeStep, beforeValidation, beside, builder, classes, loop, method, steps, val, validateEvery } = lesson
  const validations: Validated[] = []
  let restore: (() => void) | undefined
  const validated = validatedImages(val)
  const labels = Uint16Array.from(validated, (index) => val.labels[index]!)
  let best: Best | null = null
  const breathe = async () => {
    await yieldToMessages()
    signal?.throwIfAborted()
  }
  const validate = async (): Promise<Best> => {
    await beforeValidation?.()
    const validation = validationOf(
      loop.step,
      await predictAll(method, builder, { indices: validated, afterBatch: breathe }),
      labels,
      classes,
    )
    if (!Number.isFinite(validation.loss)) throw notFinite(loop.step)
    onValidation?.(validation.accuracy)
    validations.push([loop.step, validation.accuracy.correct, validation.accuracy.total])
    if (isBetter(validation, best?.validation ?? null)) {
      restore = beside?.()
      best = { validation, parameters: await readParameters(method.parameters) }
    }
    return best!
  }
  try {
    let found = await validate()
    while (!loop.done) {
      await beforeStep?.(loop.step)
      await loop.advance()
      onProgress?.(loop.step / steps)
      await breathe()
      if (loop.step % validateEvery === 0 || loop.done) found = await validate()
    }
    method.setParameters(writeParameters(found.parameters))
    restore?.()
    await beforeValidation?.()
    return { step: found.validation.step, validations }
  } catch (error) {
    method.dispose()
    throw error
  } finally {
    loop.dispose()
  }
}

function notFinite(step: number): UserError {
  return new UserError(
    said`Learning stopped at step ${step}: the validation loss is no longer a finite number.`,
    'Take fewer steps or a gentler recipe.',
  )
}
