/** Class probabilities of single pictures, zero-shot (remembered) and with the prompt as it is now. */
import type { ImageSet, Split } from '../data/task'
import { softmaxRows } from '../evaluation/accuracy'
import { BatchBuilder, type PixelFormat } from '../learning/batches'
import { predictAll } from '../learning/selection'
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
  readonly format: PixelFormat
  readonly set: ImageSet
  readonly split: Split
  readonly indices: readonly number[]
  readonly strength: number
  readonly known: ZeroShotCache
}

export async function predictPictures(question: PictureQuestion): Promise<readonly Prediction[]> {
  const { run, format, set, split, indices, strength, known } = question
  const { batchSize, frozen } = run.options.classifier
  const builder = new BatchBuilder(set, format, batchSize)
  const rowsOf = async (which: readonly number[], method: Parameters<typeof predictAll>[0], by: number) => {
    const probabilities = softmaxRows(
      await predictAll(method, builder, { indices: which, strength: by }),
      frozen.classes,
    )
    return which.map((_, i) => probabilities.slice(i * frozen.classes, (i + 1) * frozen.classes))
  }

  const asked = indices.filter((index) => !known.get(split, index))
  const fresh = await rowsOf(asked, run.zeroShot, 1)
  asked.forEach((index, i) => known.set(split, index, fresh[i]!))
  const prompted = await rowsOf(indices, run.method, strength)
  return indices.map((index, i) => ({
    split,
    index,
    label: set.labels[index]!,
    // A copy: what is told to the page is given away.
    zeroShot: known.get(split, index)!.slice(),
    prompted: prompted[i]!,
  }))
}
