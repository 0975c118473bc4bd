/**
 * The sentences of all classes around a learned context, through the frozen text tower: their features, and the gradient of
 * the context. What CoOp, CoCoOp and test-time tuning share.
 *
 * Legend: C classes, M places, L tokens, W width of a token, D embedding dimensions, G contexts.
 */
import type { Clip } from '../../models/clip'
import { textShape } from '../../models/text'
import { lookUpTokens } from '../../models/token-embedding'
import {
  composeContext,
  createContextBase,
  disposeContextBase,
  pullBackContext,
  type Context,
  type ContextBase,
} from '../../prompts/context'
import { contextLength, layContext, type ContextPosition } from '../../prompts/context-layout'
import type { Engine } from '../../runtime/engine'
import { tf } from '../../runtime/tfjs'
import { TextTower, type TokenRows } from './tower'

export interface SentencesOptions {
  /** C names, as a person wrote them. */
  readonly names: readonly string[]
  /** M */
  readonly places: number
  readonly position: ContextPosition
  /** Live memory beside the weights that a run of the tower may take, bytes. */
  readonly budget?: number
}

export class Sentences {
  private constructor(
    readonly tower: TextTower,
    readonly base: ContextBase,
  ) {}

  /** @throws UserError where a class has too long a name, or the tower cannot be opened */
  static async open(engine: Engine, clip: Clip, options: SentencesOptions): Promise<Sentences> {
    const { names, places, position, budget } = options
    const { rows: fixedRows, tokens } = await textShape(engine, clip, names)
    const longest = contextLength(clip.tokenizer, names, places)
    const layout = layContext(clip.tokenizer, names, places, position, Math.max(tokens ?? 0, longest))
    const rows = await tableRows(engine, clip, layout.ids)
    const tower = await TextTower.open(engine, clip, {
      tokens: layout.tokens,
      texts: names.length,
      rows: fixedRows,
      ...(budget !== undefined && { budget }),
    })
    return new Sentences(tower, createContextBase(layout, rows))
  }

  /** C */
  get classes(): number {
    return this.base.layout.classes
  }

  /** W */
  get width(): number {
    return this.tower.width
  }

  /** Text features [G*C,D], not normalised, context by context; the caller disposes them. */
  async encode(contexts: readonly Context[]): Promise<tf.Tensor2D> {
    const embeddings = this.#compose(contexts)
    try {
      return await this.tower.encode(this.#rows(contexts.length), embeddings)
    } finally {
      embeddings.dispose()
    }
  }

  /**
   * Gradient of each context; the caller disposes them.
   * @param dText [G*C,D], gradient of what `encode` gave for the same contexts
   */
  async pullBack(contexts: readonly Context[], dText: tf.Tensor2D): Promise<Context[]> {
    const { classes: C } = this
    const embeddings = this.#compose(contexts)
    try {
      const dEmbeddings = await this.tower.pullBack(this.#rows(contexts.length), embeddings, dText)
      const gradients = tf.tidy(() =>
        contexts.map((context, g) => pullBackContext(this.base, context, tf.slice(dEmbeddings, g * C, C))),
      )
      dEmbeddings.dispose()
      return gradients
    } finally {
      embeddings.dispose()
    }
  }

  async dispose(): Promise<void> {
    disposeContextBase(this.base)
    await this.tower.dispose()
  }

  #compose(contexts: readonly Context[]): tf.Tensor3D {
    return tf.tidy(() => {
      const all = contexts.map((context) => composeContext(this.base, context))
      return all.length === 1 ? all[0]! : tf.concat(all)
    })
  }

  #rows(contexts: number): TokenRows {
    const { ids, attentionMask } = this.base.layout
    return { ids: times(ids, contexts), attentionMask: times(attentionMask, contexts) }
  }
}

function times(ids: BigInt64Array, count: number): BigInt64Array {
  if (count === 1) return ids
  const all = new BigInt64Array(ids.length * count)
  for (let i = 0; i < count; i++) all.set(ids, i * ids.length)
  return all
}

/** Rows of the token table, float32 [ids,W]; each token is looked up once. */
async function tableRows(engine: Engine, clip: Clip, ids: BigInt64Array): Promise<Float32Array> {
  const unique = [...new Set(ids)]
  const table = await lookUpTokens(engine, clip, unique.map(Number))
  const W = table.length / unique.length
  const place = new Map(unique.map((id, i) => [id, i]))
  const rows = new Float32Array(ids.length * W)
  ids.forEach((id, i) => rows.set(table.subarray(place.get(id)! * W, (place.get(id)! + 1) * W), i * W))
  return rows
}

/** Embeddings of words, float32 [tokens,W]: what a context may begin as ("a photo of a"). */
export function wordsContext(engine: Engine, clip: Clip, words: string): Promise<Float32Array> {
  return lookUpTokens(engine, clip, wordTokens(clip, words))
}

/** Token ids of words, without the ends. */
export const wordTokens = (clip: Clip, words: string): number[] => clip.tokenizer.encode(words).slice(1, -1)
