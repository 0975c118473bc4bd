/**
 * Training batches whose pictures are augmented: mirrored, and changed by TrivialAugment. Order and shifts are those of the
 * batches within; what is drawn for a picture depends on seed, batch and row alone, so that a run goes on where it stopped.
 */
import { mirrored } from '../data/augment/crop-flip'
import { trivialAugment } from '../data/augment/trivial'
import { Random } from '../data/random'
import type { Batch } from '../methods/method'
import type { BatchesState, PixelFormat, TrainingBatches } from './batches'

export interface Augmentation {
  /** Left and right exchanged, half of the times. */
  readonly flip: boolean
  readonly trivial: boolean
  readonly seed: number
}

export class AugmentedBatches {
  constructor(
    private readonly batches: TrainingBatches,
    private readonly format: PixelFormat,
    private readonly augmentation: Augmentation,
  ) {}

  next(): Batch[] {
    // The state says how far learning has come, and is new with every batch.
    const { epoch, position } = this.batches.getState()
    const random = new Random(mixed([this.augmentation.seed, ...epoch, position]))
    return this.batches.next().map((batch) => this.#augmented(batch, random.uint32()))
  }

  getState(): BatchesState {
    return this.batches.getState()
  }

  setState(state: BatchesState): void {
    this.batches.setState(state)
  }

  /** Its pictures are made when they are first asked for. */
  #augmented(batch: Batch, seed: number): Batch {
    const { labels, weights, count, source } = batch
    const make = () => this.#pixels(batch, new Random(seed))
    let pixels: Float32Array | null = null
    return {
      get pixels() {
        return (pixels ??= make())
      },
      ...{ labels, weights, count },
      ...(source && { source: { ...source, unchanged: false } }),
    }
  }

  #pixels({ pixels: plain, count }: Batch, random: Random): Float32Array {
    const { imageSize: S, mean, std } = this.format
    const { flip, trivial } = this.augmentation
    const size = 3 * S * S
    const all = new Float32Array(plain.length)
    for (let row = 0; row < count; row++) {
      // Back to the bytes that it was made of: exact, since they are far apart.
      const bytes = Uint8Array.from(plain.subarray(row * size, (row + 1) * size), (value, i) => {
        const c = Math.floor(i / S ** 2)
        return Math.round((value * std[c]! + mean[c]!) * 255)
      })
      const turned = flip && random.uniform() < 0.5 ? mirrored(bytes) : bytes
      const changed = trivial ? trivialAugment(turned, random) : turned
      changed.forEach((value, i) => {
        const c = Math.floor(i / S ** 2)
        all[row * size + i] = (value / 255 - mean[c]!) / std[c]!
      })
    }
    return all
  }
}

/** One seed of several words. */
const mixed = (words: readonly number[]): number =>
  words.reduce((seed, word) => new Random(seed + word * 2 ** 20).uint32(), 0)
