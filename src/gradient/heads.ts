/**
 * Loss heads: a few ONNX nodes appended to an encoder, forward only; reverse mode differentiates the whole.
 *
 * Letters: B rows (images, or views of one image), C classes, D embedding dimensions.
 */
import type { Node } from '../onnx/model'
import { int } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'

export interface AppliedHead {
  /** Scalar value to differentiate. */
  readonly loss: Value
  /** Values worth returning beside the loss. */
  readonly outputs: readonly Value[]
  /** The head's nodes as steps for reverse mode. */
  readonly steps: readonly Node[]
}

/** Appends a head to the value that an encoder computes. */
export type Head = (b: GraphBuilder, encoded: Value) => AppliedHead

export interface CrossEntropyOptions {
  /** C */
  readonly classes: number
  /**
   * true (CLIP): `class_embeddings` [D,C] holds unit-norm text features times exp(logit_scale), and the encoder's
   * output is normalised first. false (classifiers): it maps the encoder's own logits [B,D] to C classes.
   */
  readonly normalise?: boolean
  /**
   * For mappings that are found or learned: the encoder's output is given too, before the others, and a bias is added to the
   * logits (graph input `class_bias` [C]). Both inputs of the head may then be named in `wrt`.
   */
  readonly open?: boolean
}

/**
 * Cross-entropy against soft targets, weighted by row: loss = sum_b weights_b CE_b. Weights carry the mean's 1/B, the
 * mask of padding rows (0) and the split into micro-batches.
 * Graph inputs: class_embeddings [D,C], targets [B,C], weights [B]. Outputs: logits [B,C], loss [].
 */
export function crossEntropyHead({ classes, normalise = true, open = false }: CrossEntropyOptions): Head {
  return (b, encoded) => {
    const { steps, logits } = logitsOf(b, encoded, classes, normalise, open)
    const loss = crossEntropy(b, steps, logits)
    return { loss, outputs: open ? [encoded, logits, loss] : [logits, loss], steps }
  }
}

/**
 * Entropy of the mean prediction over views (TPT, Shu et al. 2022, eq. 2 and 4): p = sum_b weights_b softmax(Z_b),
 * loss = -sum_c p_c log p_c. The confidence selection is the caller's: rejected views weigh 0, kept ones 1/kept.
 * Computed as the reference code does, from log-probabilities by log-sum-exp over views.
 * Graph inputs: class_embeddings [D,C], weights [B]. Outputs: logits [B,C], loss [].
 */
export function marginalEntropyHead({ classes, normalise = true }: CrossEntropyOptions): Head {
  return (b, encoded) => {
    const { steps, logits } = logitsOf(b, encoded, classes, normalise)
    const [B] = b.dims(encoded) as [number]
    const weights = b.input('weights', b.dtype(encoded), [B])
    const loss = recorded(b, steps, () => marginalEntropy(b, logits, weights))
    return { loss, outputs: [logits, loss], steps }
  }
}

/**
 * The same loss seen from the text tower: encoded = text features [C,D], views' image features are given.
 * Graph inputs: image_features [B,D] (unit norm, times exp(logit_scale)), weights [B].
 */
export function textMarginalEntropyHead({ views }: { readonly views: number }): Head {
  return (b, encoded) => {
    const { steps, logits } = textLogitsOf(b, encoded, views)
    const weights = b.input('weights', b.dtype(encoded), [views])
    const loss = recorded(b, steps, () => marginalEntropy(b, logits, weights))
    return { loss, outputs: [logits, loss], steps }
  }
}

/** Cross-entropy seen from the text tower (CoOp): as `textMarginalEntropyHead`, with targets [B,C]. */
export function textCrossEntropyHead({ rows }: { readonly rows: number }): Head {
  return (b, encoded) => {
    const { steps, logits } = textLogitsOf(b, encoded, rows)
    const loss = crossEntropy(b, steps, logits)
    return { loss, outputs: [logits, loss], steps }
  }
}

/** loss = sum(encoded * seed): for losses that are computed elsewhere. Graph input: seed, shaped as the output. */
export function seedHead(): Head {
  return (b, encoded) => {
    const steps: Node[] = []
    const dims = b.dims(encoded)
    const seed = b.input('seed', b.dtype(encoded), dims)
    const loss = recorded(b, steps, () =>
      b.op('ReduceSum', [b.mul(encoded, seed), b.indices(dims.map((_, i) => i))], { keepdims: int(0) }, 'loss'),
    )
    return { loss, outputs: [loss], steps }
  }
}

/** A head that gives the encoder's output too, before its own outputs. */
export function withEncoded(head: Head): Head {
  return (b, encoded) => {
    const applied = head(b, encoded)
    return { ...applied, outputs: [encoded, ...applied.outputs] }
  }
}

function logitsOf(b: GraphBuilder, encoded: Value, classes: number, normalise: boolean, biased = false) {
  const steps: Node[] = []
  const D = b.dims(encoded)[1]!
  const classEmbeddings = b.input('class_embeddings', b.dtype(encoded), [D, classes])
  const features = normalise ? l2Normalise(b, steps, encoded) : encoded
  const bias = biased ? b.input('class_bias', b.dtype(encoded), [classes]) : null
  const logits = recorded(b, steps, () =>
    bias === null
      ? b.op('MatMul', [features, classEmbeddings], {}, 'logits')
      : b.op('Add', [b.op('MatMul', [features, classEmbeddings]), bias], {}, 'logits'),
  )
  return { steps, logits }
}

/** Logits [B,C] of given image features against text features [C,D] that the text tower encodes. */
function textLogitsOf(b: GraphBuilder, encoded: Value, rows: number) {
  const steps: Node[] = []
  const features = b.input('image_features', b.dtype(encoded), [rows, b.dims(encoded)[1]!])
  const text = l2Normalise(b, steps, encoded)
  const logits = recorded(b, steps, () => b.op('MatMul', [features, b.matrixTranspose(text)], {}, 'logits'))
  return { steps, logits }
}

/** sum_b weights_b CE_b of logits [B,C], with `targets` and `weights` as new inputs; one step with a rule of its own. */
function crossEntropy(b: GraphBuilder, steps: Node[], logits: Value): Value {
  const [B, C] = b.dims(logits) as [number, number]
  const targets = b.input('targets', b.dtype(logits), [B, C])
  const weights = b.input('weights', b.dtype(logits), [B])
  return grouped(b, steps, 'CrossEntropy', [logits, targets, weights], () => {
    const rows = b.neg(b.reduceSum(b.mul(targets, logSoftmax(b, logits)), [1], false))
    return b.op('ReduceSum', [b.mul(rows, weights), b.indices([0])], { keepdims: int(0) }, 'loss')
  })
}

/**
 * Added to the squared norm of a row. It changes no norm above 1e-8 by a bit, and a row of zeros (an empty row that fills up
 * a batch, in a tower without biases) becomes zeros and not 0/0, whose gradient even a weight of 0 would not make 0.
 */
const SMALLEST_SQUARED_NORM = 1e-24

/** Rows divided by their Euclidean norm. */
function l2Normalise(b: GraphBuilder, steps: Node[], x: Value): Value {
  const start = b.nodes.length
  const norm = b.op('Sqrt', [b.add(b.reduceSum(b.mul(x, x), [1]), b.scalar(SMALLEST_SQUARED_NORM, x))])
  const y = b.div(x, norm)
  steps.push(group(b, start, 'L2Normalise', [x, norm], y))
  return y
}

/** Z - max Z - ln sum exp(Z - max Z), along the classes. LogSoftmax itself has no WebGPU kernel in ONNX Runtime 1.30. */
function logSoftmax(b: GraphBuilder, logits: Value): Value {
  const shifted = b.sub(logits, b.reduceMax(logits, [1]))
  return b.sub(shifted, b.op('Log', [b.reduceSum(b.op('Exp', [shifted]), [1])]))
}

function marginalEntropy(b: GraphBuilder, logits: Value, weights: Value): Value {
  const [B] = b.dims(logits) as [number]
  const w = b.reshape(weights, [B, 1])
  const kept = b.op('Greater', [w, b.scalar(0, w)])
  // Rejected views must not set the maximum, or the kept ones underflow below it.
  const logP = b.where(kept, logSoftmax(b, logits), b.scalar(-1e4, logits))
  const peak = b.reduceMax(logP, [0])
  const mean = b.add(peak, b.op('Log', [b.reduceSum(b.mul(b.op('Exp', [b.sub(logP, peak)]), w), [0])]))
  const terms = b.mul(b.op('Exp', [mean]), mean)
  return b.op('Neg', [b.op('ReduceSum', [terms, b.indices([0, 1])], { keepdims: int(0) })], {}, 'loss')
}

/** Appends what `make` builds to the steps, node by node. */
function recorded(b: GraphBuilder, steps: Node[], make: () => Value): Value {
  const start = b.nodes.length
  const value = make()
  steps.push(...b.nodes.slice(start))
  return value
}

/** Appends what `make` builds as one step with a rule of its own. */
function grouped(b: GraphBuilder, steps: Node[], name: string, inputs: readonly Value[], make: () => Value): Value {
  const start = b.nodes.length
  const value = make()
  steps.push(group(b, start, name, inputs, value))
  return value
}

function group(b: GraphBuilder, start: number, name: string, inputs: readonly Value[], output: Value): Node {
  if (b.nodes.length === start) throw new Error(`${name} appended no nodes`)
  return { op: `pattern.${name}`, domain: '', name: output, inputs, outputs: [output], attributes: {} }
}
