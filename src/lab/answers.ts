/** What the model answers on the splits of a run's task, bare and bordered: batch by batch, so that messages are let in. */
import type { Task } from '../data/task'
import { predictAll, validatedImages, validationOf, type Validation } from '../learning/selection'
import type { Method, NamedTensors } from '../methods/method'
import type { Predictions } from '../records/run-record'
import type { Learner } from '../learning/learner'
import { predictionsOf } from './predicted-rows'
import type { LabEvent } from './protocol'

export interface AnswersOptions {
  readonly task: Task
  readonly emit: (event: LabEvent) => void
  onDevice<R>(work: (learner: Learner) => Promise<R>): Promise<R>
  /** After each batch: it has done something lasting, and others get their turn. */
  readonly afterBatch: () => Promise<void>
  /** The images validated have been answered, in so many ms. */
  readonly onValidated: (images: number, ms: number) => void
}

/** Part of a longer piece of work that is told of. */
export interface Stage {
  readonly stage: 'zero-shot' | 'validation' | 'test'
  readonly done?: number
  readonly total?: number
}

export interface Asking {
  /** Told of after each batch. */
  readonly progress?: Stage | undefined
  /** Ends it after the batch that is under way. */
  readonly signal?: AbortSignal | undefined
}

export class Answers {
  /** Images of the validation split that are looked at. */
  readonly validated: readonly number[]
  /** Zero-shot logits of them, before anything was learned. */
  zeroShot: Float32Array = new Float32Array()

  constructor(private readonly options: AnswersOptions) {
    this.validated = validatedImages(options.task.splits.val)
  }

  /** Whether these may be the zero-shot logits of the images validated. */
  fits(logits: Float32Array | null | undefined): logits is Float32Array {
    return logits?.length === this.validated.length * this.options.task.classes.length
  }

  /**
   * Logits of the test split, or of the images validated: bare, with the prompt as it is now, or as it was.
   * @throws what the signal was aborted with
   */
  async logits(
    which: 'zeroShot' | 'method' | NamedTensors,
    split: 'val' | 'test',
    { progress, signal }: Asking = {},
  ): Promise<Float32Array> {
    const { task, emit } = this.options
    const set = task.splits[split]
    const indices = split === 'val' ? this.validated : Array.from({ length: set.count }, (_, i) => i)
    const classes = task.classes.length
    const logits = new Float32Array(indices.length * classes)
    const beganMs = performance.now()
    let done = 0
    while (done < indices.length) {
      const from = done
      done += await this.options.onDevice(async (learner) => {
        const some = indices.slice(from, from + learner.classifier.batchSize)
        const predict = (method: Method) => predictAll(method, learner.builder(set), { indices: some })
        const rows = typeof which === 'string' ? predict(learner[which]) : learner.past(which, predict)
        logits.set(await rows, from * classes)
        return some.length
      })
      if (progress) {
        const { stage, done: before = 0, total = indices.length } = progress
        emit({ type: 'progress', stage, done: before + done, total })
      }
      await this.options.afterBatch()
      signal?.throwIfAborted()
    }
    // What is asked about the past is answered between the steps: its time is not that of a validation.
    if (split === 'val' && typeof which === 'string')
      this.options.onValidated(indices.length, performance.now() - beganMs)
    return logits
  }

  validation(step: number, logits: Float32Array): Validation {
    const { classes, splits } = this.options.task
    const labels = Uint16Array.from(this.validated, (index) => splits.val.labels[index]!)
    return validationOf(step, logits, labels, classes.length)
  }

  /** Of the images validated, beside zero-shot. */
  predictions(logits: Float32Array): Predictions {
    const { classes, splits } = this.options.task
    return predictionsOf(splits.val, this.validated, this.zeroShot, logits, classes.length)
  }

  /** Of all images of the test split. */
  testPredictions(zeroShot: Float32Array, prompted: Float32Array): Predictions {
    const { classes, splits } = this.options.task
    const every = Array.from({ length: splits.test.count }, (_, i) => i)
    return predictionsOf(splits.test, every, zeroShot, prompted, classes.length)
  }
}
