/**
 * The frozen text tower, open for gradients with respect to its token embeddings: forwards, and backwards from a gradient of
 * its features. A loss couples all classes, whose texts need not fit into one run together: features are computed chunk by
 * chunk, the loss of all of them elsewhere (text-loss.ts), and its gradient is brought back chunk by chunk. This is the chain
 * rule, not an approximation: with the features fixed, the texts of different chunks do not meet.
 *
 * Legend: N texts, L tokens of each, W width of a token, D embedding dimensions, R texts of a run.
 */
import { gradientName } from '../../gradient/gate'
import { seedHead, withEncoded } from '../../gradient/heads'
import { buildTrainingGraph, trainingModel, type TrainingGraphOptions } from '../../gradient/training'
import type { Clip } from '../../models/clip'
import { readFrozen } from '../../models/frozen-graph'
import { findTokenEmbedding } from '../../models/token-embedding'
import type { Engine, Feeds, HostTensor, Outputs, Session } from '../../runtime/engine'
import { tf } from '../../runtime/tfjs'
import { ACTIVATION_BUDGET, rowsWithin } from '../training-memory'

/** Token ids of texts: they say where a text ends; what stands there is said by the embeddings. */
export interface TokenRows {
  /** int64 [N,L] */
  readonly ids: BigInt64Array
  /** int64 [N,L], 1 up to and with the end token. */
  readonly attentionMask: BigInt64Array
}

export interface TowerOptions {
  /** L */
  readonly tokens: number
  /** N of the usual call: decides how a memory budget is shared out. */
  readonly texts: number
  /** R where the export has fixed it (`textShape`). */
  readonly rows?: number | null
  /** Live memory beside the weights that a run may take, bytes. */
  readonly budget?: number
}

const OUTPUT = 'text_embeds'

export class TextTower {
  private constructor(
    readonly clip: Clip,
    /** R: texts of every run. */
    readonly rows: number,
    /** L */
    readonly tokens: number,
    /** W */
    readonly width: number,
    private readonly session: Session,
    private readonly names: {
      readonly embeddings: string
      readonly features: string
      readonly inputs: ReadonlySet<string>
    },
  ) {}

  /** @throws UserError where the tower's token embeddings are not found, or it cannot be differentiated */
  static async open(engine: Engine, clip: Clip, options: TowerOptions): Promise<TextTower> {
    const { tokens, texts, rows: fixed = null, budget = ACTIVATION_BUDGET } = options
    const { value, width } = findTokenEmbedding(clip.text.outline)
    const graph = (rows: number) => towerOptions(clip, value, width, rows, tokens)
    const activations = (rows: number) => engine.reckon(trainingModel(clip.text.outline, graph(rows)).model).activations
    const rows = fixed ?? rowsWithin(activations, texts, budget)
    const { model, externalData, inputs, outputs } = buildTrainingGraph(await readFrozen(clip.text), graph(rows))
    const session = await engine.createSession(model, externalData)
    const names = { embeddings: value, features: outputs[0]!, inputs: new Set(inputs.map(({ name }) => name)) }
    return new TextTower(clip, rows, tokens, width, session, names)
  }

  /**
   * Features float32 [N,D] as the tower gives them, not normalised; the caller disposes them.
   * @param embeddings [N,L,W]
   */
  async encode(rows: TokenRows, embeddings: tf.Tensor3D): Promise<tf.Tensor2D> {
    const noSeed = tf.zeros<tf.Rank.R2>([this.rows, this.clip.projectionDim])
    try {
      return (await this.#chunks(rows, embeddings, async (chunk, feeds) => {
        const { features } = this.names
        return this.session.run(
          { ...feeds, seed: noSeed, do_backward: FORWARD },
          (outputs) => firstRows(outputs, features, chunk),
          [features],
        )
      })) as tf.Tensor2D
    } finally {
      noSeed.dispose()
    }
  }

  /**
   * Gradient [N,L,W] of the embeddings; the caller disposes it.
   * @param dFeatures [N,D], gradient of the features that `encode` gave for the same
   */
  async pullBack(rows: TokenRows, embeddings: tf.Tensor3D, dFeatures: tf.Tensor2D): Promise<tf.Tensor3D> {
    const gradient = gradientName(this.names.embeddings)
    return (await this.#chunks(rows, embeddings, async (chunk, feeds) => {
      const seed = padded(dFeatures, chunk, this.rows)
      try {
        return await this.session.run(
          { ...feeds, seed, do_backward: BACKWARD },
          (outputs) => firstRows(outputs, gradient, chunk),
          [gradient],
        )
      } finally {
        seed.dispose()
      }
    })) as tf.Tensor3D
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }

  async #chunks(
    { ids, attentionMask }: TokenRows,
    embeddings: tf.Tensor3D,
    run: (chunk: Chunk, feeds: Feeds) => Promise<tf.Tensor>,
  ): Promise<tf.Tensor> {
    const { rows: R, tokens: L, names } = this
    const [N, length] = embeddings.shape
    if (length !== L || ids.length !== N * L) throw new Error(`texts of ${length} tokens in a tower of ${L}`)
    const parts: tf.Tensor[] = []
    try {
      for (let from = 0; from < N; from += R) {
        const chunk = { from, count: Math.min(R, N - from) }
        const part = padded(embeddings, chunk, R)
        const feeds: Record<string, tf.Tensor | HostTensor> = {
          [names.embeddings]: part,
          input_ids: { dtype: 'int64', dims: [R, L], data: repeated(ids, chunk, R, L) },
          attention_mask: { dtype: 'int64', dims: [R, L], data: repeated(attentionMask, chunk, R, L) },
        }
        const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => names.inputs.has(name)))
        try {
          parts.push(await run(chunk, known))
        } finally {
          part.dispose()
        }
      }
      return parts.length === 1 ? parts.pop()! : tf.concat(parts)
    } finally {
      tf.dispose(parts)
    }
  }
}

const BACKWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(1) }
const FORWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(0) }

interface Chunk {
  readonly from: number
  readonly count: number
}

/** The tower as a graph from token embeddings, with a seed. */
function towerOptions(
  clip: Clip,
  embeddings: string,
  width: number,
  rows: number,
  tokens: number,
): TrainingGraphOptions {
  const declared = clip.text.outline.graph.inputs.map(({ name }) => [name, [rows, tokens]] as const)
  return {
    inputs: { ...Object.fromEntries(declared), [embeddings]: [rows, tokens, width] },
    output: OUTPUT,
    head: withEncoded(seedHead()),
    wrt: [embeddings],
  }
}

/** Rows of the chunk, then zeros up to `rows`; the caller disposes it. */
function padded(x: tf.Tensor, { from, count }: Chunk, rows: number): tf.Tensor {
  return tf.tidy(() => {
    const part = tf.slice(x, from, count)
    return count === rows ? part : tf.concat([part, tf.zeros([rows - count, ...x.shape.slice(1)])])
  })
}

/** Rows of the chunk, then its last one again: a row without an end token may not be taken. */
function repeated(ids: BigInt64Array, { from, count }: Chunk, rows: number, tokens: number): BigInt64Array {
  const data = new BigInt64Array(rows * tokens)
  for (let r = 0; r < rows; r++) {
    const row = from + Math.min(r, count - 1)
    data.set(ids.subarray(row * tokens, (row + 1) * tokens), r * tokens)
  }
  return data
}

/** A copy: the output itself is the session's. */
const firstRows = (outputs: Outputs, name: string, { count }: Chunk): tf.Tensor =>
  tf.tidy(() => tf.mul(tf.slice(outputs[name]!, 0, count), 1))
