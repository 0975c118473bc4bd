/**
 * Label mappings found from predictions: pure functions from logits [N,K] and labels [N] to a matrix M [K,C], whose product
 * with logits is the task's logits (label-mapping.ts has those that are named by hand).
 *
 *   counts      n(k,c) = rows of class c whose largest logit is k
 *   frequency   greedy, one output a class (Tsai et al. 2020; FLM and ILM of Chen et al. 2023, algorithms/flm_calculation.py):
 *               the largest n left picks (k, c), then neither is picked again. Several outputs a class: their mean
 *               (AutoVP's FreqMap). ILM finds it anew at every epoch on the train split, with the prompt as it is then.
 *   Bayesian    M(k,c) = n(k,c) / (sum over classes + lambda), columns brought to sum 1 (BLM, Cai et al. 2024, mapping.py)
 *   Bayesian+   the same with the probabilities of each row's largest k instead of 1 for its largest
 *
 * Legend: N rows, K outputs of the classifier (or texts), C classes.
 */
import { UserError } from '../errors'
import { said } from '../sentence'

export interface FittedMapping {
  readonly kind: 'frequency' | 'bayesian' | 'bayesian-plus' | 'linear'
  /** The output that weighs most for each class, [C]. */
  readonly outputs: readonly number[]
  /** M, float32 [K,C]. */
  readonly matrix: Float32Array
  /** Of linear mappings: added to the mapped logits, float32 [C]. */
  readonly bias: Float32Array | null
}

/** Logits of a train split, as the classifier gives them before any mapping. */
export interface MappingExamples {
  /** float32 [N,K] */
  readonly logits: Float32Array
  /** K */
  readonly outputs: number
  /** Class of each row, [N]. */
  readonly labels: ArrayLike<number>
  /** C */
  readonly classes: number
}

/** n, [K,C]. Of equal logits the first counts. */
export function predictionCounts({ logits, outputs: K, labels, classes: C }: MappingExamples): Float64Array {
  const counts = new Float64Array(K * C)
  for (let row = 0; row < labels.length; row++) {
    const from = row * K
    let top = 0
    for (let k = 1; k < K; k++) if (logits[from + k]! > logits[from + top]!) top = k
    counts[top * C + labels[row]!]!++
  }
  return counts
}

/**
 * @param perClass outputs that stand for each class
 * @throws UserError where there are fewer outputs than that needs
 */
export function frequencyMapping(examples: MappingExamples, perClass = 1): FittedMapping {
  const { outputs: K, classes: C } = examples
  if (perClass * C > K) {
    throw new UserError(
      said`The task has ${C} classes of ${perClass} outputs each, the classifier only ${K} outputs.`,
      'Take fewer outputs a class, a task of fewer classes, or a classifier with more outputs.',
    )
  }
  const chosen = greedy(predictionCounts(examples), K, C, perClass)
  const matrix = new Float32Array(K * C)
  chosen.forEach((own, c) => own.forEach((k) => (matrix[k * C + c] = 1 / perClass)))
  return { kind: 'frequency', outputs: chosen.map(([first]) => first!), matrix, bias: null }
}

/**
 * Outputs of each class in the order in which they were picked. What their loop does, which looks for the largest count left
 * each time: of equal counts the first output, then the first class.
 */
function greedy(counts: Float64Array, K: number, C: number, perClass: number): number[][] {
  const chosen: number[][] = Array.from({ length: C }, () => [])
  const taken = new Uint8Array(K)
  const seen = [...counts.keys()].filter((at) => counts[at]! > 0)
  for (const at of seen.sort((a, b) => counts[b]! - counts[a]! || a - b)) {
    const [k, c] = [Math.floor(at / C), at % C]
    if (taken[k] || chosen[c]!.length === perClass) continue
    chosen[c]!.push(k)
    taken[k] = 1
  }
  // Only zeros are left: the first free output goes to the first class that lacks one.
  let k = 0
  for (const own of chosen) {
    while (own.length < perClass) {
      while (taken[k]) k++
      own.push(k)
      taken[k] = 1
    }
  }
  return chosen
}

/** Laplace's lambda of BLM's code, cfg.py. */
const SMOOTHING = 1

/** @param smoothing lambda @throws Error where a class has no row */
export function bayesianMapping(examples: MappingExamples, smoothing: number = SMOOTHING): FittedMapping {
  return reweighted('bayesian', predictionCounts(examples), examples, smoothing)
}

/** Share of the number of classes that BLM+ keeps for each row, cfg.py `topk_ratio`. */
const TOP_SHARE = 0.15

/**
 * Their code keeps int(share * C), which is none below 7 classes; here it is at least one.
 * @throws Error where a class has no row
 */
export function bayesianPlusMapping(
  examples: MappingExamples,
  smoothing: number = SMOOTHING,
  topShare: number = TOP_SHARE,
): FittedMapping {
  const { logits, outputs: K, labels, classes: C } = examples
  const keep = Math.min(K, Math.max(1, Math.floor(topShare * C)))
  const weights = new Float64Array(K * C)
  for (let row = 0; row < labels.length; row++) {
    const own = logits.subarray(row * K, (row + 1) * K)
    const largest = own.reduce((a, b) => Math.max(a, b), -Infinity)
    const sum = own.reduce((all, z) => all + Math.exp(z - largest), 0)
    const order = [...own.keys()].sort((a, b) => own[b]! - own[a]! || a - b)
    for (const k of order.slice(0, keep)) weights[k * C + labels[row]!]! += Math.exp(own[k]! - largest) / sum
  }
  return reweighted('bayesian-plus', weights, examples, smoothing)
}

function reweighted(
  kind: FittedMapping['kind'],
  counts: Float64Array,
  { outputs: K, classes: C }: MappingExamples,
  smoothing: number,
): FittedMapping {
  const posterior = new Float64Array(K * C)
  const sums = new Float64Array(C)
  for (let k = 0; k < K; k++) {
    const row = counts.subarray(k * C, (k + 1) * C)
    const total = row.reduce((all, n) => all + n, 0) + smoothing
    for (let c = 0; c < C && total > 0; c++) sums[c]! += posterior[k * C + c] = row[c]! / total
  }
  const empty = sums.indexOf(0)
  if (empty >= 0) throw new Error(`class ${empty} has no example to map by`)
  const matrix = Float32Array.from(posterior, (value, at) => value / sums[at % C]!)
  return { kind, outputs: strongest(matrix, K, C), matrix, bias: null }
}

/** Of each column the row of its largest value. */
function strongest(matrix: Float32Array, K: number, C: number): number[] {
  return Array.from({ length: C }, (_, c) => {
    let top = 0
    for (let k = 1; k < K; k++) if (matrix[k * C + c]! > matrix[top * C + c]!) top = k
    return top
  })
}

/**
 * A learned linear layer (AutoVP's FullyMap, LoR-VP's `fm`): weights and bias of, say, a logistic regression on the logits.
 * @param weights float32 [K,C] @param bias float32 [C]
 */
export function linearMapping(weights: Float32Array, bias: Float32Array): FittedMapping {
  const [K, C] = [weights.length / bias.length, bias.length]
  return { kind: 'linear', outputs: strongest(weights, K, C), matrix: weights, bias }
}

/** AutoVP's start of it on CLIP: class c is output c, of the first template; zero bias. */
export function linearMappingStart(outputs: number, classes: number): FittedMapping {
  const weights = new Float32Array(outputs * classes)
  for (let c = 0; c < Math.min(outputs, classes); c++) weights[c * classes + c] = 1
  return linearMapping(weights, new Float32Array(classes))
}

/** @param logits float32 [N,K] @returns float32 [N,C] */
export function mapLogits(logits: Float32Array, { matrix, outputs, bias }: Omit<FittedMapping, 'kind'>): Float32Array {
  const C = outputs.length
  const K = matrix.length / C
  const rows = logits.length / K
  const mapped = new Float32Array(rows * C)
  const line = new Float64Array(C)
  for (let row = 0; row < rows; row++) {
    line.set(bias ?? new Float32Array(C))
    for (let k = 0; k < K; k++) {
      const z = logits[row * K + k]!
      for (let c = 0; c < C; c++) line[c]! += z * matrix[k * C + c]!
    }
    mapped.set(line, row * C)
  }
  return mapped
}
