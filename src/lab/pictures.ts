/** Class probabilities of single pictures, zero-shot (remembered) and with the prompt as it is now. */
import type { ImageSet, Split } from '../data/task'
import { softmaxRows } from '../evaluation/accuracy'
import { predictAll } from '../learning/selection'
import type { Method } from '../methods/method'
import type { Learner } from '../learning/learner'
import type { Prediction } from './protocol'
import type { Run } from './run'

/** Zero-shot probabilities by split and index: the frozen model always gives the same. */
export class ZeroShotCache {
  readonly #known = new Map<string, Float32Array>()

  get(split: Split, index: number): Float32Array | undefined {
    return this.#known.get(`${split} ${index}`)
  }

  set(split: Split, index: number, probabilities: Float32Array): void {
    this.#known.set(`${split} ${index}`, probabilities)
  }
}

export interface PictureQuestion {
  readonly run: Run
  readonly set: ImageSet
  readonly split: Split
  readonly indices: readonly number[]
  readonly strength: number
  /** Step of a keyframe, instead of the prompt as it is now. */
  readonly at?: number | undefined
  readonly known: ZeroShotCache
}

export function predictPictures({ run, at, ...question }: PictureQuestion): Promise<readonly Prediction[]> {
  return run.onDevice((learner) => withPrompt(learner, run, at, (method) => predictOn(learner, method, question)))
}

/** Does something with the prompt as it is now, or as it was at a keyframe. */
export function withPrompt<R>(
  learner: Learner,
  run: Run,
  at: number | undefined,
  work: (method: Learner['method']) => Promise<R>,
): Promise<R> {
  const keyframe = at === undefined ? null : run.history.at(at)
  return keyframe ? learner.past(keyframe.parameters, work) : work(learner.method)
}

async function predictOn(
  learner: Learner,
  method: Method,
  question: Omit<PictureQuestion, 'run' | 'at'>,
): Promise<readonly Prediction[]> {
  const { set, split, indices, strength, known } = question
  const { classes } = learner.classifier.frozen
  const builder = learner.builder(set)
  const rowsOf = async (which: readonly number[], by: number, asked: Method) => {
    const logits = await predictAll(asked, builder, { indices: which, strength: by })
    const probabilities = softmaxRows(logits, classes)
    return which.map((_, i) => probabilities.slice(i * classes, (i + 1) * classes))
  }

  const asked = indices.filter((index) => !known.get(split, index))
  const fresh = await rowsOf(asked, 1, learner.zeroShot)
  asked.forEach((index, i) => known.set(split, index, fresh[i]!))
  const prompted = await rowsOf(indices, strength, method)
  return indices.map((index, i) => ({
    split,
    index,
    label: set.labels[index]!,
    // A copy: what is told to the page is given away.
    zeroShot: known.get(split, index)!.slice(),
    prompted: prompted[i]!,
  }))
}
