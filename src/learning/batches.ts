/**
 * Images of a split as batches for the frozen graph: normalised, padded to its fixed number of rows, and for training
 * shuffled anew every epoch and shifted a little. All chance comes from two seeded streams whose state is saved.
 */
import { Random, type RandomState } from '../data/random'
import type { ImageSet } from '../data/task'
import type { Batch } from '../methods/method'

/** How uint8 pixels become the encoder's input: (value/255 - mean) / std for each channel. */
export interface PixelFormat {
  /** S */
  readonly imageSize: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

interface Placed {
  readonly index: number
  /** The picture moves right and down by so many pixels; what comes in repeats its edge. */
  readonly dx: number
  readonly dy: number
}

/** Cuts images into batches of the graph's `rows`. */
export class BatchBuilder {
  readonly #tables: readonly Float32Array[]
  /** One image as it is read, uint8 [3,S,S]. */
  readonly #image: Uint8Array

  constructor(
    readonly set: ImageSet,
    readonly format: PixelFormat,
    /** Rows of every batch, the static batch of the graph. */
    readonly rows: number,
  ) {
    this.#image = new Uint8Array(3 * format.imageSize ** 2)
    this.#tables = format.mean.map((mean, c) =>
      Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / format.std[c]!),
    )
  }

  /** At most `rows` images as one batch, each with this loss weight. */
  build(images: readonly Placed[], weight: number): Batch {
    const labels = new Uint16Array(this.rows)
    const weights = new Float32Array(this.rows)
    images.forEach(({ index }, row) => {
      labels[row] = this.set.labels[index]!
      weights[row] = weight
    })
    const source = {
      set: this.set,
      indices: Uint32Array.from(images, ({ index }) => index),
      unchanged: images.every(({ dx, dy }) => dx === 0 && dy === 0),
    }
    const read = () => this.#pixels(images)
    let pixels: Float32Array | null = null
    return {
      get pixels() {
        return (pixels ??= read())
      },
      ...{ labels, weights, count: images.length, source },
    }
  }

  /** The named images in order, unshifted, as batches whose loss weights are 1/images. */
  *inOrder(indices: readonly number[] = Array.from({ length: this.set.count }, (_, i) => i)): Generator<Batch> {
    for (let start = 0; start < indices.length; start += this.rows) {
      const images = indices.slice(start, start + this.rows).map((index) => ({ index, dx: 0, dy: 0 }))
      yield this.build(images, 1 / indices.length)
    }
  }

  /** [rows,3,S,S]; rows that pad the batch stay zero. */
  #pixels(images: readonly Placed[]): Float32Array {
    const size = 3 * this.format.imageSize ** 2
    const pixels = new Float32Array(this.rows * size)
    images.forEach((image, row) => this.#place(image, pixels.subarray(row * size, (row + 1) * size)))
    return pixels
  }

  #place({ index, dx, dy }: Placed, out: Float32Array): void {
    const { imageSize: S } = this.format
    const inside = (at: number) => Math.min(S - 1, Math.max(0, at))
    const image = this.#image
    this.set.read(index, image)
    // Of each row, what the picture itself fills; what is left and right of it repeats the edge.
    const first = Math.min(S, Math.max(0, dx))
    const end = Math.min(S, Math.max(0, S + dx))
    for (let c = 0, at = 0; c < 3; c++) {
      const table = this.#tables[c]!
      for (let y = 0; y < S; y++, at += S) {
        const line = (c * S + inside(y - dy)) * S
        const left = table[image[line]!]!
        const right = table[image[line + S - 1]!]!
        for (let x = 0; x < first; x++) out[at + x] = left
        translate(table, image, line + first - dx, out, at + first, end - first)
        for (let x = end; x < S; x++) out[at + x] = right
      }
    }
  }
}

/** to[at + i] = table[from[start + i]] for i < count. Four in a turn of the loop: half the time of one. */
function translate(
  table: Float32Array,
  from: Uint8Array,
  start: number,
  to: Float32Array,
  at: number,
  count: number,
): void {
  const stop = at + count
  let [i, o] = [start, at]
  for (; o + 4 <= stop; i += 4, o += 4) {
    to[o] = table[from[i]!]!
    to[o + 1] = table[from[i + 1]!]!
    to[o + 2] = table[from[i + 2]!]!
    to[o + 3] = table[from[i + 3]!]!
  }
  for (; o < stop; i++, o++) to[o] = table[from[i]!]!
}

export interface BatchesState {
  /** The order stream as it was when this epoch was shuffled. */
  readonly epoch: RandomState
  /** Images of this epoch already given out. */
  readonly position: number
  readonly shifts: RandomState
}

export interface TrainingOptions {
  /** Images of one optimiser step; a smaller set is one batch, and the last batch of an epoch may be smaller. */
  readonly batchSize: number
  /** Largest shift, pixels. */
  readonly maxShift: number
  readonly seed: number
}

/** Endless training batches, each as micro-batches of the graph's rows whose loss weights add up to 1. */
export class TrainingBatches {
  readonly #order: Random
  readonly #shifts: Random
  #epoch: RandomState
  #permutation: Uint32Array
  #position = 0

  constructor(
    readonly builder: BatchBuilder,
    readonly options: TrainingOptions,
  ) {
    const seeds = new Random(options.seed)
    this.#order = new Random(seeds.uint32())
    this.#shifts = new Random(seeds.uint32())
    this.#epoch = this.#order.getState()
    this.#permutation = this.#order.permutation(builder.set.count)
  }

  next(): Batch[] {
    const { count } = this.builder.set
    if (this.#position >= count) {
      this.#epoch = this.#order.getState()
      this.#permutation = this.#order.permutation(count)
      this.#position = 0
    }
    const chosen = this.#permutation.subarray(this.#position, this.#position + this.options.batchSize)
    this.#position += chosen.length
    const images = Array.from(chosen, (index) => ({ index, dx: this.#shift(), dy: this.#shift() }))
    const micro: Batch[] = []
    for (let start = 0; start < images.length; start += this.builder.rows) {
      micro.push(this.builder.build(images.slice(start, start + this.builder.rows), 1 / images.length))
    }
    return micro
  }

  getState(): BatchesState {
    return { epoch: this.#epoch, position: this.#position, shifts: this.#shifts.getState() }
  }

  /** Continues as the batches whose state this is; the set and options must be the same. */
  setState({ epoch, position, shifts }: BatchesState): void {
    this.#order.setState(epoch)
    this.#epoch = epoch
    this.#permutation = this.#order.permutation(this.builder.set.count)
    this.#position = position
    this.#shifts.setState(shifts)
  }

  #shift(): number {
    const { maxShift } = this.options
    return maxShift === 0 ? 0 : this.#shifts.below(2 * maxShift + 1) - maxShift
  }
}
