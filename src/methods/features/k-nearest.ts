/**
 * k nearest neighbours by cosine among the training features (Wu et al. 2018, section 3.4): each of the k votes for its class
 * with 1, or with exp(cosine / T). Logits are logarithms of votes; a class without a vote has a millionth of one.
 *
 * Ties: of equally near neighbours the earlier training picture is the nearer one; of classes with equally many votes the one
 * whose nearest neighbour is nearer answers, by at most a thousandth of a vote.
 *
 * Legend: N training pictures, D width of a feature, C classes.
 */
import { tf } from '../../runtime/tfjs'
import type { Batch, FitOptions, FittedMethod, NamedTensors } from '../method'
import { requireTensor } from '../saved-tensors'
import { isBetterScore, scoreOf, type FeatureTask, type Score } from './feature-task'
import { normalisedRows } from './image-features'
import { yieldToMessages } from '../../yield'
import { SWEPT_K, type KNearestSettings } from './neighbours-settings'

/** Cosines that are computed at once. */
const MOST_COSINES = 8e6
const NO_VOTE = 1e-6
const TIE = 1e-3

interface Known {
  /** float32 [D,N], unit columns. */
  readonly keys: Float32Array
  /** Class of each, [N]. */
  readonly labels: Uint16Array
  readonly k: number
}

export interface TriedK {
  readonly k: number
  /** On validation. */
  readonly score: Score
}

export class KNearest implements FittedMethod {
  readonly id = 'k-nearest'
  /** Nothing is learned: the pictures themselves are kept. */
  readonly parameterCount = 0
  #known: Known | null = null
  #tried: readonly TriedK[] = []

  /** @param width D */
  constructor(
    private readonly task: FeatureTask,
    private readonly width: number,
    private readonly settings: KNearestSettings,
  ) {}

  /** Of the last fit with a sweep, in order; else empty. */
  get tried(): readonly TriedK[] {
    return this.#tried
  }

  /** k in use. */
  get k(): number {
    return this.#need().k
  }

  async fit({ onProgress, signal }: FitOptions = {}): Promise<void> {
    const { task, width: D, settings } = this
    const encode = signal ? { signal } : {}
    const { labels } = task.train
    const keys = transposed(normalisedRows((await task.features.of(task.train, encode)).values, D), D)
    const some = { keys, labels, k: 1 }
    this.#tried = []
    if (settings.k === 'sweep') {
      const val = (await task.features.of(task.val, encode)).values
      const possible = SWEPT_K.filter((k) => k <= labels.length)
      const nearest = await this.#nearest({ ...some, k: possible.at(-1)! }, val, signal)
      this.#tried = possible.map((k, i) => {
        const logits = this.#vote(nearest.map((row) => row.slice(0, k)))
        onProgress?.(i + 1, possible.length)
        return { k, score: scoreOf(logits, task.val.labels, task.classes) }
      })
    } else {
      onProgress?.(1, 1)
    }
    const best = this.#tried.reduce<TriedK | null>(
      (top, one) => (isBetterScore(one.score, top?.score ?? null) ? one : top),
      null,
    )
    this.#known = { ...some, k: best?.k ?? Math.min(labels.length, settings.k === 'sweep' ? 1 : settings.k) }
  }

  async predict(batch: Batch): Promise<Float32Array> {
    return this.#vote(await this.#nearest(this.#need(), await this.task.features.ofBatch(batch)))
  }

  save(): NamedTensors {
    const { keys, labels, k } = this.#need()
    return {
      keys: { dims: [this.width, labels.length], data: keys },
      labels: { dims: [labels.length], data: Float32Array.from(labels) },
      k: { dims: [], data: Float32Array.of(k) },
    }
  }

  load(saved: NamedTensors): void {
    const labels = Uint16Array.from(requireTensor(saved, 'labels', [-1]))
    const keys = requireTensor(saved, 'keys', [this.width, labels.length])
    this.#known = { keys, labels, k: requireTensor(saved, 'k', [])[0]! }
    this.#tried = []
  }

  dispose(): void {
    this.#known = null
  }

  /** The k nearest of each row of features [rows,D], nearest first. */
  async #nearest({ keys, labels, k }: Known, values: Float32Array, signal?: AbortSignal): Promise<Neighbour[][]> {
    const D = this.width
    const N = labels.length
    const unit = normalisedRows(values, D)
    const rows = unit.length / D
    const atOnce = Math.max(1, Math.floor(MOST_COSINES / N))
    const found: Neighbour[][] = []
    const onDevice = tf.tensor2d(keys, [D, N])
    try {
      for (let from = 0; from < rows; from += atOnce) {
        await yieldToMessages()
        signal?.throwIfAborted()
        const part = unit.subarray(from * D, Math.min(rows, from + atOnce) * D)
        const product = tf.tidy(() => tf.matMul(tf.tensor2d(part, [part.length / D, D]), onDevice))
        const cosines = await product.data<'float32'>()
        product.dispose()
        for (let at = 0; at < cosines.length; at += N) found.push(largest(cosines.subarray(at, at + N), k, labels))
      }
    } finally {
      onDevice.dispose()
    }
    return found
  }

  /** Logits float32 [rows,C]. */
  #vote(neighbours: readonly (readonly Neighbour[])[]): Float32Array {
    const { classes: C } = this.task
    const { vote, temperature } = this.settings
    const logits = new Float32Array(neighbours.length * C)
    neighbours.forEach((row, r) => {
      const votes = new Float64Array(C)
      // In units of the nearest one's, or a small temperature would overflow.
      const nearest = row[0]?.cosine ?? 0
      row.forEach(({ label, cosine }, rank) => {
        if (votes[label] === 0 && vote === 'count') votes[label] = (TIE * (row.length - rank)) / row.length
        votes[label]! += vote === 'count' ? 1 : Math.exp((cosine - nearest) / temperature)
      })
      votes.forEach((sum, c) => (logits[r * C + c] = Math.log(Math.max(sum, NO_VOTE))))
    })
    return logits
  }

  #need(): Known {
    if (!this.#known) throw new Error('no neighbours are known yet')
    return this.#known
  }
}

interface Neighbour {
  readonly label: number
  readonly cosine: number
}

/** The k largest, in order; of equals the first. */
function largest(cosines: Float32Array, k: number, labels: Uint16Array): Neighbour[] {
  const top: number[] = []
  for (let n = 0; n < cosines.length; n++) {
    if (top.length === k && !(cosines[n]! > cosines[top.at(-1)!]!)) continue
    let [low, high] = [0, top.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cosines[top[middle]!]! >= cosines[n]!) low = middle + 1
      else high = middle
    }
    top.splice(low, 0, n)
    if (top.length > k) top.pop()
  }
  return top.map((n) => ({ label: labels[n]!, cosine: cosines[n]! }))
}

/** [N,D] as [D,N]. */
function transposed(values: Float32Array, width: number): Float32Array {
  const rows = values.length / width
  const turned = new Float32Array(values.length)
  for (let n = 0; n < rows; n++) for (let d = 0; d < width; d++) turned[d * rows + n] = values[n * width + d]!
  return turned
}
