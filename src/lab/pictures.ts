/** Class probabilities of single pictures, zero-shot (remembered) and with the prompt as it is now. */
import type { ImageSet, Split } from '../data/task'
import { softmaxRows } from '../evaluation/accuracy'
import { predictAll } from '../learning/selection'
import type { Learner } from './learner'
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
  readonly known: ZeroShotCache
}

export function predictPictures({ run, ...question }: PictureQuestion): Promise<readonly Prediction[]> {
  return run.onDevice((learner) => predictOn(learner, question))
}

async function predictOn(learner: Learner, question: Omit<PictureQuestion, 'run'>): Promise<readonly Prediction[]> {
  const { set, split, indices, strength, known } = question
  const { classes } = learner.classifier.frozen
  const builder = learner.builder(set)
  const rowsOf = async (which: readonly number[], method: Parameters<typeof predictAll>[0], by: number) => {
    const logits = await predictAll(method, builder, { indices: which, strength: by })
    const probabilities = softmaxRows(logits, classes)
    return which.map((_, i) => probabilities.slice(i * classes, (i + 1) * classes))
  }

  const asked = indices.filter((index) => !known.get(split, index))
  const fresh = await rowsOf(asked, learner.zeroShot, 1)
  asked.forEach((index, i) => known.set(split, index, fresh[i]!))
  const prompted = await rowsOf(indices, learner.method, strength)
  return indices.map((index, i) => ({
    split,
    index,
    label: set.labels[index]!,
    // A copy: what is told to the page is given away.
    zeroShot: known.get(split, index)!.slice(),
    prompted: prompted[i]!,
  }))
}
