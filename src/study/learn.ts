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
}

/**
 * Leaves the method with the parameters that were best on validation, and the loop disposed; on an error the method too.
 * @returns the step that they are of
 * @throws UserError where the loss is no longer a number; what the signal was aborted with
 */
export async function learnToBest(lesson: Lesson, { onProgress, signal }: TrainOptions): Promise<number> {
  const { beforeValidation, builder, classes, loop, method, steps, val, validateEvery } = lesson
  const validated = validatedImages(val)
  const labels = Uint16Array.from(validated, (index) => val.labels[index]!)
  let best: Best | null = null
  const validate = async (): Promise<Best> => {
    await beforeValidation?.()
    const validation = validationOf(
      loop.step,
      await predictAll(method, builder, { indices: validated }),
      labels,
      classes,
    )
    if (!Number.isFinite(validation.loss)) throw notFinite(loop.step)
    if (isBetter(validation, best?.validation ?? null)) {
      best = { validation, parameters: await readParameters(method.parameters) }
    }
    return best!
  }
  try {
    let found = await validate()
    while (!loop.done) {
      signal?.throwIfAborted()
      await loop.advance()
      onProgress?.(loop.step / steps)
      if (loop.step % validateEvery === 0 || loop.done) found = await validate()
    }
    method.setParameters(writeParameters(found.parameters))
    await beforeValidation?.()
    return found.validation.step
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
