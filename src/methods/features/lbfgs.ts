/**
 * Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with a line search for the strong Wolfe conditions
 * (algorithms 3.5 and 3.6), for objectives that are computed elsewhere and in single precision.
 *
 * Where a step gains less than rounding lets one tell, the sufficient decrease is asked of slopes in place of values, as in
 * Hager and Zhang 2005, equation 4.1. Everything here is float64; the same calls give the same numbers.
 */

export interface Evaluation {
  readonly value: number
  readonly gradient: Float64Array
}

export interface MinimiseOptions {
  /** Pairs of steps and gradient changes that are remembered. */
  readonly memory?: number
  readonly maxIterations: number
  /** Ends when no component of the gradient is larger than this. */
  readonly tolerance: number
  /** Values closer than this are alike, for all that their rounding can tell. */
  readonly noise?: number
  /** Told the iterations made. May throw, which ends the search. */
  readonly onIteration?: (iterations: number) => void
}

export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  readonly iterations: number
  readonly evaluations: number
  /** tolerance: found. precision: no smaller value can be told. iterations: given up after so many. */
  readonly ended: 'tolerance' | 'precision' | 'iterations'
}

interface Point extends Evaluation {
  readonly x: Float64Array
}

/** Decrease and curvature conditions of the line search. */
const C1 = 1e-4
const C2 = 0.9
const MOST_TRIALS = 12

export async function minimise(
  objective: (x: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  { memory = 10, maxIterations, tolerance, noise = 0, onIteration }: MinimiseOptions,
): Promise<Minimum> {
  let evaluations = 0
  const at = async (x: Float64Array): Promise<Point> => {
    evaluations++
    return { x, ...(await objective(x)) }
  }
  let point = await at(start)
  let pairs: Pair[] = []
  let iterations = 0
  let ended: Minimum['ended'] = 'tolerance'
  while (largest(point.gradient) > tolerance) {
    if (iterations >= maxIterations) {
      ended = 'iterations'
      break
    }
    const direction = descent(point.gradient, pairs)
    // Of the scale of things nothing is known yet: near a minimum a step of a gradient's length is next to none.
    const first = pairs.length === 0 ? Math.min(1, 1 / norm(point.gradient)) : 1
    const next = await search(at, point, direction, { first, growth: pairs.length === 0 ? 10 : 2, noise })
    if (next === null) {
      // What is remembered may be what misleads.
      if (pairs.length > 0) {
        pairs = []
        continue
      }
      ended = 'precision'
      break
    }
    const s = difference(next.x, point.x)
    const y = difference(next.gradient, point.gradient)
    const sy = dot(s, y)
    // Curvature that rounding has made negative is not learned from.
    if (sy > 1e-10 * dot(y, y)) pairs = [...pairs.slice(-(memory - 1)), { s, y, sy }]
    point = next
    iterations++
    onIteration?.(iterations)
  }
  return { x: point.x, value: point.value, iterations, evaluations, ended }
}

interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly sy: number
}

/** -H g by the two-loop recursion; H's first guess is (s y / y y) I of the last pair. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((g) => -g)
  const alphas: number[] = []
  for (const { s, y, sy } of [...pairs].reverse()) {
    const alpha = dot(s, q) / sy
    alphas.push(alpha)
    addScaled(q, y, -alpha)
  }
  const last = pairs.at(-1)
  if (last) {
    const scale = last.sy / dot(last.y, last.y)
    for (let i = 0; i < q.length; i++) q[i]! *= scale
  }
  for (const { s, y, sy } of pairs) addScaled(q, s, alphas.pop()! - dot(y, q) / sy)
  return q
}

interface Trial extends Point {
  readonly step: number
  /** Derivative along the direction. */
  readonly slope: number
}

/** A point along the direction that fulfils the conditions; null where none was found. */
async function search(
  at: (x: Float64Array) => Promise<Point>,
  from: Point,
  direction: Float64Array,
  { first, growth, noise }: { readonly first: number; readonly growth: number; readonly noise: number },
): Promise<Point | null> {
  const zero: Trial = { ...from, step: 0, slope: dot(from.gradient, direction) }
  if (!(zero.slope < 0)) return null
  const flat = ({ value, slope }: Trial) => value <= zero.value + noise && slope <= (2 * C1 - 1) * zero.slope
  const low = (trial: Trial) => trial.value <= zero.value + C1 * trial.step * zero.slope || flat(trial)
  const done = (trial: Trial) => low(trial) && Math.abs(trial.slope) <= -C2 * zero.slope
  const trialAt = async (step: number): Promise<Trial> => {
    const x = from.x.slice()
    addScaled(x, direction, step)
    const point = await at(x)
    return { ...point, step, slope: dot(point.gradient, direction) }
  }

  let [before, trial] = [zero, await trialAt(first)]
  for (let trials = 1; trials < MOST_TRIALS; trials++) {
    if (done(trial)) return trial
    const beyond = !low(trial) || (before.step > 0 && trial.value > before.value + noise)
    if (beyond || trial.slope >= 0) {
      // The end that is lower comes first.
      const ends: [Trial, Trial] = beyond ? [before, trial] : [trial, before]
      return zoom(ends, trialAt, { low, done, trials, noise })
    }
    ;[before, trial] = [trial, await trialAt(growth * trial.step)]
  }
  return low(trial) ? trial : null
}

async function zoom(
  [low, high]: [Trial, Trial],
  trialAt: (step: number) => Promise<Trial>,
  is: {
    readonly low: (trial: Trial) => boolean
    readonly done: (trial: Trial) => boolean
    readonly trials: number
    readonly noise: number
  },
): Promise<Point | null> {
  for (let trials = is.trials; trials < MOST_TRIALS; trials++) {
    const trial = await trialAt(between(low, high))
    if (is.done(trial)) return trial
    if (!is.low(trial) || trial.value > low.value + is.noise) {
      high = trial
      continue
    }
    if (trial.slope * (high.step - low.step) >= 0) high = low
    low = trial
  }
  // Lower than where it began, if not as flat as it should be.
  return low.step > 0 ? low : null
}

/** Where the cubic through values and slopes of both ends is least, not too near to either. */
function between(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step)
  const inside = d1 * d1 - a.slope * b.slope
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(Math.max(0, inside))
  const least = b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2)
  const [from, to] = a.step < b.step ? [a.step, b.step] : [b.step, a.step]
  const margin = 0.1 * (to - from)
  return inside >= 0 && least >= from + margin && least <= to - margin ? least : (from + to) / 2
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))

function largest(a: Float64Array): number {
  let most = 0
  for (const value of a) {
    if (Number.isNaN(value)) throw new Error('a gradient is not a number')
    most = Math.max(most, Math.abs(value))
  }
  return most
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!)

function addScaled(to: Float64Array, a: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += scale * a[i]!
}
