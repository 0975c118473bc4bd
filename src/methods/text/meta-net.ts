/**
 * CoCoOp's meta-net: a context for each picture (Zhou et al. 2022b, section 3.2; trainers/cocoop.py).
 *
 *   ctx_b = ctx + W2 relu(W1 v_b + b1) + b2        the same shift for each of the M places
 *
 * v_b is the picture's embedding of unit length. Composed by tfjs and differentiated by its autograd.
 * Legend: B pictures, M places, W width of a token, D embedding dimensions, H = D/16 hidden units.
 */
import type { Random } from '../../data/random'
import { tf } from '../../runtime/tfjs'
import type { NamedTensor, NamedTensors, ParameterSet } from '../method'
import { COCOOP_NAMES, cocoopShapes, hiddenUnits } from './cocoop-shapes'
import { unitRows } from './text-loss'

/** A meta-net as torch.nn.Linear begins: uniform in ±1/√inputs. @param ctx [M,W] */
export function createCoCoOp(ctx: NamedTensor, D: number, random: Random): NamedTensors {
  const [M, W] = ctx.dims as [number, number]
  const shapes = cocoopShapes(M, W, D)
  const uniform = (name: string, inputs: number): NamedTensor => {
    const dims = shapes[name]!
    const bound = 1 / Math.sqrt(inputs)
    const length = dims.reduce((product, dim) => product * dim, 1)
    return { dims, data: Float32Array.from({ length }, () => bound * (2 * random.uniform() - 1)) }
  }
  const H = hiddenUnits(D)
  const drawn = COCOOP_NAMES.slice(1).map((name, i) => [name, uniform(name, i < 2 ? D : H)] as const)
  return { ctx, ...Object.fromEntries(drawn) }
}

/** Contexts [B,M,W] of pictures. Differentiable in the parameters. @param images embeddings [B,D], of any norm */
export function contextsOf(parameters: ParameterSet, images: tf.Tensor2D): tf.Tensor3D {
  const [ctx, w1, b1, w2, b2] = COCOOP_NAMES.map((name) => parameters[name]!) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor1D,
  ]
  return tf.tidy(() => {
    const hidden = tf.relu(tf.add(tf.matMul(unitRows(images), w1, false, true), b1))
    const shift = tf.add(tf.matMul(hidden as tf.Tensor2D, w2, false, true), b2)
    const [B, W] = shift.shape as [number, number]
    return tf.add(tf.reshape(ctx, [1, ...ctx.shape]), tf.reshape(shift, [B, 1, W])) as tf.Tensor3D
  })
}

/** Gradient of the parameters from that of the contexts [B,M,W]; the caller disposes it. */
export function pullBackContexts(parameters: ParameterSet, images: tf.Tensor2D, dContexts: tf.Tensor3D): ParameterSet {
  return tf.tidy(() => {
    const ofParameters = (...values: tf.Tensor[]) =>
      contextsOf(Object.fromEntries(COCOOP_NAMES.map((name, i) => [name, values[i]!])), images)
    const gradients = tf.grads(ofParameters)(
      COCOOP_NAMES.map((name) => parameters[name]!),
      dContexts,
    )
    return Object.fromEntries(COCOOP_NAMES.map((name, i) => [name, gradients[i]!]))
  })
}
