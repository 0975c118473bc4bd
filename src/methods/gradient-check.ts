/**
 * Is the gradient that learning goes by the slope of the loss? Checked on the model at hand, before its first run: a wrong
 * gradient would still learn something, and nobody would notice.
 *
 *   d(v)   slope of the loss along v, from differences of the forward: (L(p + r v) - L(p - r v)) / 2r
 *   g      gradient that the backward gives
 *
 *   along g itself            d(g/|g|) = |g|              sees a wrong factor, sign or place; hardly disturbed by rounding
 *   along random signs s      E (d(s) - <g,s>)² = |slope - g|²      sees missing parts too (Hutchinson's estimator)
 *
 * The loss is the cross-entropy, computed in float64 from the logits, of every picture as its least likely class: there the
 * slope is steep for every model. How far float32 (or float16) blurs a difference is measured, and allowed for.
 */
import { Random } from '../data/random'
import { meanCrossEntropy } from '../evaluation/accuracy'
import { tf } from '../runtime/tfjs'
import type { Batch, LearnableMethod, ParameterSet } from './method'

export interface GradientCheck {
  /** Directions along which the slope was measured; the first is that of the gradient. */
  readonly directions: number
  /** Largest |d(v) - <g,v>| over the directions, relative to |g|. */
  readonly worstRelative: number
  /** |slope - g| / |g|: along the gradient, and as the random directions estimate it (null: none was tried). */
  readonly alongGradient: number
  readonly random: number | null
  readonly pass: boolean
  readonly seconds: number
}

export interface GradientCheckOptions {
  /** Most directions; at least that of the gradient is tried, however long it takes. */
  readonly directions?: number
  /** No direction is begun after so many seconds. */
  readonly seconds?: number
  readonly seed?: number
}

/**
 * What right gradients stay below. Measured on onnxruntime-node in float32: 1e-4 and 2e-3 for transformers; up to 0.016 and
 * 0.065 for networks of ReLUs and maxima (MobileNetV2, SqueezeNet, ResNet-20, Stamp's stem), whose kinks blur a difference.
 */
const ALONG_TOLERANCE = 0.05
const RANDOM_TOLERANCE = 0.2
/** Fewer random directions than these are no ground for a verdict: one blurred by chance could condemn a right gradient. */
const LEAST_RANDOM = 3
/** Where differences are blurred by more than this, relative to |g|, nothing is to be seen in them. */
const MOST_BLUR = 0.25

/** Lengths r of the move along the gradient, in normalised pixel units: the small one for kinks, the large one for float16. */
const ALONG_STEPS = [0.005, 0.2] as const
/** The same for random signs, a parameter; powers of two, so that moved parameters are hardly rounded. */
const RANDOM_STEPS = [2 ** -12, 2 ** -7] as const

export async function checkGradient(
  method: LearnableMethod,
  batch: Batch,
  { directions = 5, seconds = 2, seed = 1 }: GradientCheckOptions = {},
): Promise<GradientCheck> {
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  const start = tf.tidy(() => mapped(method.parameters, (tensor) => tensor.clone()))
  try {
    const logits = await method.predict(batch)
    const steep = { ...batch, labels: leastLikely(logits, batch) }
    const loss = new MovedLoss(method, steep, start, lossOf(logits, steep))
    const gradient = await gradientOf(method, steep)
    const length = Math.sqrt(dot(gradient, gradient))
    const along = await alongGradient(loss, gradient, length)
    const random = new RandomDirections(loss, gradient, length, seed)
    const enough = () => random.count >= directions - 1 || elapsed() >= seconds
    while (length > 0 && !enough() && (await random.next()));
    const found = random.result()
    return {
      directions: 1 + random.count,
      worstRelative: Math.max(along, found?.worst ?? 0),
      alongGradient: along,
      random: found?.rms ?? null,
      // NaN passes no comparison.
      pass: along <= ALONG_TOLERANCE && (found === null || found.rms <= found.tolerance),
      seconds: elapsed(),
    }
  } finally {
    method.setParameters(start)
  }
}

/** |d(g/|g|) - |g|| / |g|, of the step that fits better; infinite where there is no gradient. */
async function alongGradient(loss: MovedLoss, gradient: Float32Array, length: number): Promise<number> {
  if (!(length > 0)) return Infinity
  const unit = gradient.map((x) => x / length)
  let best = Infinity
  for (const step of ALONG_STEPS) {
    best = Math.min(best, Math.abs((await loss.slope(unit, step)).slope - length) / length)
    if (best <= ALONG_TOLERANCE) break
  }
  return best
}

/** d(s) - <g,s> for one random direction after the other, with a step that the model's arithmetic can resolve. */
class RandomDirections {
  readonly #random: Random
  #step = 0
  /** Relative to |g|, an entry a direction. */
  #errors: number[] = []
  #blurs: number[] = []

  constructor(
    private readonly loss: MovedLoss,
    private readonly gradient: Float32Array,
    private readonly length: number,
    seed: number,
  ) {
    this.#random = new Random(seed)
  }

  get count(): number {
    return this.#errors.length
  }

  /** One more direction; false where no step resolves anything. */
  async next(): Promise<boolean> {
    const r = RANDOM_STEPS[this.#step]
    if (r === undefined) return false
    const signs = Float32Array.from(this.gradient, () => (this.#random.uint32() & 1 ? 1 : -1))
    const { slope, blur } = await this.loss.slope(signs, r)
    this.#errors.push((slope - dot(this.gradient, signs)) / this.length)
    this.#blurs.push(blur / this.length)
    if (rms(this.#blurs) <= MOST_BLUR) return true
    this.#step++
    this.#errors = []
    this.#blurs = []
    return this.#step < RANDOM_STEPS.length
  }

  /** Null where too little was seen. */
  result(): { readonly rms: number; readonly worst: number; readonly tolerance: number } | null {
    if (this.count < LEAST_RANDOM) return null
    const worst = Math.max(...this.#errors.map(Math.abs))
    return { rms: rms(this.#errors), worst, tolerance: RANDOM_TOLERANCE + rms(this.#blurs) }
  }
}

const rms = (values: readonly number[]) => Math.sqrt(dot(values, values) / values.length)

/** The loss of a batch as a function of the parameters, moved from where they began. */
class MovedLoss {
  constructor(
    private readonly method: LearnableMethod,
    private readonly batch: Batch,
    private readonly start: ParameterSet,
    /** L(p) */
    private readonly middle: number,
  ) {}

  /**
   * (L(p + r v) - L(p - r v)) / 2r, and how far it may be off: a straight line has L(p) in the middle, and what it is beside
   * it comes of rounding, kinks and curvature.
   */
  async slope(v: Float32Array, r: number): Promise<{ slope: number; blur: number }> {
    const [up, down] = [await this.#at(v, r), await this.#at(v, -r)]
    return { slope: (up - down) / (2 * r), blur: Math.abs(up + down - 2 * this.middle) / (2 * r) }
  }

  async #at(v: Float32Array, r: number): Promise<number> {
    const { batch, method, start } = this
    let from = 0
    const move = (tensor: tf.Tensor) => {
      const part = v.slice(from, (from += tensor.size))
      return tf.add(tensor, tf.mul(tf.tensor(part, tensor.shape), r))
    }
    method.setParameters(tf.tidy(() => mapped(start, move)))
    return lossOf(await method.predict(batch), batch)
  }
}

/** Weighted cross-entropy, in float64. */
function lossOf(logits: Float32Array, batch: Batch): number {
  const labels = batch.labels.subarray(0, batch.count)
  return weightOf(batch) * meanCrossEntropy(logits, labels, classesOf(logits, batch))
}

/** The backward's gradient at the parameters as they are, all of them in one row. */
async function gradientOf(method: LearnableMethod, batch: Batch): Promise<Float32Array> {
  const { loss, gradient } = await method.lossAndGradient(batch)
  try {
    const parts = await Promise.all(Object.keys(method.parameters).map((name) => gradient[name]!.data<'float32'>()))
    const row = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    parts.reduce((at, part) => (row.set(part, at), at + part.length), 0)
    return row
  } finally {
    tf.dispose([loss, { ...gradient }])
  }
}

const classesOf = (logits: Float32Array, { count }: Batch) => logits.length / count

/** Sum of the rows' weights, which are equal within a batch. */
const weightOf = ({ weights }: Batch) => weights.reduce((sum, weight) => sum + weight, 0)

function leastLikely(logits: Float32Array, batch: Batch): Uint16Array {
  const classes = classesOf(logits, batch)
  return batch.labels.map((_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    return own.reduce((least, value, c) => (value < own[least]! ? c : least), 0)
  })
}

function mapped(set: ParameterSet, change: (tensor: tf.Tensor) => tf.Tensor): ParameterSet {
  return Object.fromEntries(Object.entries(set).map(([name, tensor]) => [name, change(tensor)]))
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
