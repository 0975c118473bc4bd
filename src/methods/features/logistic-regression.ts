/**
 * Multinomial logistic regression with an L2 penalty, the objective of scikit-learn's LogisticRegression divided by C N:
 *
 *   min over W, b   1/N sum_i CE(x_i W + b, y_i)  +  |W|² / (2 C N)          the bias b is not penalised
 *
 * The products, which are nearly all of the work, run in the engine, their sums in float64. Pictures' features have a large
 * mean in common; it is taken off first, which changes b alone and saves iterations. Of two classes scikit-learn learns one row of
 * weights, w = w1 - w0: the same as two with twice the penalty, |w|² = 2 (|w0|² + |w1|²) where w0 = -w1.
 *
 * Legend: N rows, D width of a feature, C classes (C is also the name of the inverse penalty, as in scikit-learn).
 */
import { UserError } from '../../errors'
import { GraphBuilder } from '../../onnx/builder'
import { makeTensor } from '../../onnx/tensor'
import { encodeModel } from '../../onnx/write'
import type { Engine, Session } from '../../runtime/engine'
import { said } from '../../sentence'
import { yieldToMessages } from '../../yield'
import type { LinearClassifier } from './linear-logits'
import { minimise, type Evaluation, type Minimum } from './lbfgs'

/** Most values of what lies between the products, [N,C], of which some five are alive at once: 0.6 GB. */
const MOST_LOGITS = 32e6

/** Of the mean of single-precision cross-entropies, in nats. */
const NOISE = 1e-7

export interface LogisticOptions {
  /** Inverse of the penalty, scikit-learn's C. */
  readonly c: number
  readonly maxIterations: number
  /** Largest component of the gradient at the end. */
  readonly tolerance: number
  /** Where to begin: what another fit of the same features found. Zero elsewhere. */
  readonly start?: Minimum | undefined
  readonly signal?: AbortSignal | undefined
}

export interface LogisticFit extends LinearClassifier {
  /** In the coordinates of the search: a start for another. */
  readonly minimum: Minimum
}

export class LogisticRegression {
  private constructor(
    private readonly session: Session,
    private readonly mean: Float64Array,
    private readonly rows: number,
    private readonly classes: number,
  ) {}

  /**
   * @param values float32 [N,D]
   * @param labels class of each row, [N]
   * @throws UserError where there are too many rows and classes
   */
  static async open(
    engine: Engine,
    values: Float32Array,
    labels: ArrayLike<number>,
    classes: number,
  ): Promise<LogisticRegression> {
    const N = labels.length
    const D = values.length / N
    if (N * classes > MOST_LOGITS) {
      throw new UserError(
        said`A linear probe of ${N} pictures and ${classes} classes needs more memory than this program takes.`,
        'Learn on fewer pictures a class (shots), or on fewer classes.',
      )
    }
    const mean = meanRow(values, D)
    const session = await engine.createSession(lossGraph(centred(values, mean), labels, D, classes))
    return new LogisticRegression(session, mean, N, classes)
  }

  /** @throws what `signal` was aborted with */
  async fit({ c, maxIterations, tolerance, start, signal }: LogisticOptions): Promise<LogisticFit> {
    const { classes, mean } = this
    const D = mean.length
    const penalty = (classes === 2 ? 2 : 1) / (c * this.rows)
    const evaluate = async (x: Float64Array) => {
      await yieldToMessages()
      return this.#evaluate(x, penalty)
    }
    const minimum = await minimise(evaluate, start?.x ?? new Float64Array((D + 1) * classes), {
      maxIterations,
      tolerance,
      noise: NOISE,
      onIteration: () => signal?.throwIfAborted(),
    })
    // x W + b - m W: back to features that have their mean.
    const bias = minimum.x.slice(D * classes)
    for (let d = 0; d < D; d++) for (let k = 0; k < classes; k++) bias[k]! -= mean[d]! * minimum.x[d * classes + k]!
    return { weights: Float32Array.from(minimum.x.subarray(0, D * classes)), bias: Float32Array.from(bias), minimum }
  }

  async #evaluate(x: Float64Array, penalty: number): Promise<Evaluation> {
    const { classes: C, rows: N } = this
    const D = this.mean.length
    const feeds = {
      w: { dtype: 'float32', dims: [D, C], data: Float32Array.from(x.subarray(0, D * C)) },
      b: { dtype: 'float32', dims: [C], data: Float32Array.from(x.subarray(D * C)) },
    } as const
    return this.session.run(feeds, async ({ loss, dw, db }) => {
      const [losses, dW, dB] = [await loss!.data(), await dw!.data(), await db!.data()]
      const gradient = new Float64Array(x.length)
      let squares = 0
      for (let i = 0; i < D * C; i++) {
        squares += x[i]! ** 2
        gradient[i] = dW[i]! / N + penalty * x[i]!
      }
      for (let k = 0; k < C; k++) gradient[D * C + k] = dB[k]! / N
      let sum = 0
      for (let i = 0; i < N; i++) sum += losses[i]!
      return { value: sum / N + (penalty * squares) / 2, gradient }
    })
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }
}

/** Inputs w [D,C], b [C]; outputs loss [N] of each row, and the gradients dw [D,C] and db [1,C] of their sum. */
function lossGraph(values: Float32Array, labels: ArrayLike<number>, D: number, C: number): Uint8Array {
  const N = labels.length
  const oneHot = new Float32Array(N * C)
  for (let i = 0; i < N; i++) oneHot[i * C + labels[i]!] = 1
  const g = new GraphBuilder()
  const x = g.initializer('x', makeTensor('float32', [N, D], values))
  const y = g.initializer('y', makeTensor('float32', [N, C], oneHot))
  const w = g.input('w', 'float32', [D, C])
  const b = g.input('b', 'float32', [C])
  const logits = g.add(g.op('MatMul', [x, w]), b)
  const shifted = g.sub(logits, g.reduceMax(logits, [1]))
  const powers = g.op('Exp', [shifted])
  const sum = g.reduceSum(powers, [1])
  const loss = g.op('Sub', [g.op('Log', [sum]), g.reduceSum(g.mul(shifted, y), [1])], {}, 'loss')
  // p - y, whose component at the label is minus the sum of the others: exact where p is nearly 1.
  const others = g.mul(powers, g.sub(g.scalar(1, y), y))
  const error = g.div(g.sub(others, g.mul(y, g.reduceSum(others, [1]))), sum)
  const dw = g.op('Identity', [g.gemm(x, error, { transA: true })], {}, 'dw')
  const db = g.op('Identity', [g.reduceSum(error, [0])], {}, 'db')
  return encodeModel(g.toModel([loss, dw, db]))
}

function meanRow(values: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width)
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]!
  return mean.map((sum) => sum / (values.length / width))
}

const centred = (values: Float32Array, mean: Float64Array): Float32Array =>
  values.map((value, i) => value - mean[i % mean.length]!)
