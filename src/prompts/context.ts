/**
 * A learned context of token embeddings, laid into the sentences of all classes (CoOp, Zhou et al. 2022, section 3.2).
 *
 *   E[c,t] = base[c,t] + sum_m P[c,t,m] ctx[m]        P[c,t,m] = 1 where token t of class c is place m
 *   dctx[m] = sum_c,t P[c,t,m] dE[c,t]                class-specific: ctx[c,m], and no sum over c
 *
 * Composed by tfjs and pulled back by its autograd. Legend: C classes, M places, L tokens, W width of a token.
 */
import { tf } from '../runtime/tfjs'
import type { ContextLayout } from './context-layout'

/** [M,W] for all classes, or [C,M,W]: one of each class's own. */
export type Context = tf.Tensor2D | tf.Tensor3D

/** The sentences on the device, without their context. Whoever makes them disposes them. */
export interface ContextBase {
  readonly layout: ContextLayout
  /** [C,L,W], zero in the places. */
  readonly embeddings: tf.Tensor3D
  /** P, [C,L,M]. */
  readonly placed: tf.Tensor3D
}

/** @param rows of the token table, float32 [C*L,W], of the ids of the layout in order */
export function createContextBase(layout: ContextLayout, rows: Float32Array): ContextBase {
  const { classes: C, places: M, tokens: L, at } = layout
  const W = rows.length / (C * L)
  const embeddings = rows.slice()
  const placed = new Float32Array(C * L * M)
  for (let c = 0; c < C; c++) {
    for (let m = 0; m < M; m++) {
      const token = c * L + at[c * M + m]!
      embeddings.fill(0, token * W, (token + 1) * W)
      placed[token * M + m] = 1
    }
  }
  return { layout, embeddings: tf.tensor3d(embeddings, [C, L, W]), placed: tf.tensor3d(placed, [C, L, M]) }
}

export function disposeContextBase({ embeddings, placed }: ContextBase): void {
  tf.dispose([embeddings, placed])
}

/** Token embeddings of all sentences, [C,L,W]. Differentiable in the context. */
export function composeContext({ layout, embeddings, placed }: ContextBase, context: Context): tf.Tensor3D {
  const { classes: C, places: M, tokens: L } = layout
  return tf.tidy(() => {
    if (context.rank === 3) return tf.add(embeddings, tf.matMul(placed, context))
    const laid = tf.matMul(tf.reshape(placed, [C * L, M]), context as tf.Tensor2D)
    return tf.add(embeddings, tf.reshape(laid, embeddings.shape))
  })
}

/** Gradient of the context, shaped as it, from that of the embeddings [C,L,W]; the caller disposes it. */
export function pullBackContext(base: ContextBase, context: Context, dEmbeddings: tf.Tensor3D): Context {
  return tf.tidy(() => tf.grad((c) => composeContext(base, c as Context))(context, dEmbeddings)) as Context
}
