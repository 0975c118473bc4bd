/** A training graph of a CLIP image encoder with seeded feeds: what engines are compared and timed on. */
import { buildTrainingGraph, type TrainingGraph } from '../../src/gradient/training'
import { DELTA, trainingOptions, type Entry } from '../../src/methods/entry'
import type { OnnxModel } from '../../src/onnx/model'
import type { Engine, Feeds, HostTensor, Session } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'

export interface CaseOptions {
  readonly batch: number
  /** S: side of the square images. */
  readonly imageSize: number
  /** D: length of an embedding. */
  readonly dimensions: number
  /** C, 10 unless said. */
  readonly classes?: number
  /** Whose gradient: of the pixels unless said. */
  readonly entry?: Entry
}

export function trainingGraph(
  model: OnnxModel,
  { batch, imageSize, classes = 10, entry = 'pixels' }: CaseOptions,
): TrainingGraph {
  const encoder = { input: 'pixel_values', output: 'image_embeds', normalise: true, imageSize, classes }
  return buildTrainingGraph(model, trainingOptions(encoder, batch, entry))
}

/** Numbers in [-1, 1) from a linear congruential generator: the same everywhere. */
function sequence(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

function filled(seed: number, count: number, scale: number): Float32Array {
  const next = sequence(seed)
  return Float32Array.from({ length: count }, () => next() * scale)
}

export type FeedName = 'pixel_values' | 'class_embeddings' | 'targets' | 'weights'

interface Numbers {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** Every feed but `do_backward`. */
export function filledFeeds({
  batch,
  imageSize,
  dimensions,
  classes = 10,
  entry = 'pixels',
}: CaseOptions): Readonly<Record<FeedName, Numbers> & { [DELTA]?: Numbers }> {
  const targets = new Float32Array(batch * classes)
  for (let b = 0; b < batch; b++) targets[b * classes + ((b * 7) % classes)] = 1
  return {
    pixel_values: { dims: [batch, 3, imageSize, imageSize], data: filled(1, batch * 3 * imageSize ** 2, 2) },
    class_embeddings: { dims: [dimensions, classes], data: filled(2, dimensions * classes, 3) },
    targets: { dims: [batch, classes], data: targets },
    weights: { dims: [batch], data: new Float32Array(batch).fill(1 / batch) },
    ...(entry === 'delta'
      ? { [DELTA]: { dims: [1, 3, imageSize, imageSize], data: filled(3, 3 * imageSize ** 2, 1) } }
      : {}),
  }
}

/** The same as tensors. Dispose with `tf.dispose`. */
export function seededFeeds(options: CaseOptions): Record<FeedName, tf.Tensor> & { [DELTA]?: tf.Tensor } {
  const tensors = Object.entries(filledFeeds(options)).map(([name, { data, dims }]) => [
    name,
    tf.tensor(data, [...dims]),
  ])
  return Object.fromEntries(tensors) as Record<FeedName, tf.Tensor>
}

export const doBackward = (value: boolean): HostTensor => ({
  dtype: 'bool',
  dims: [],
  data: Uint8Array.of(value ? 1 : 0),
})

export interface StepValues {
  readonly loss: number
  readonly gradient: Float32Array
}

/** One training step in host memory. */
export async function step(session: Session, feeds: Feeds): Promise<StepValues> {
  return session.run({ ...feeds, do_backward: doBackward(true) }, async ({ loss, d_pixel_values, d_delta }) => ({
    loss: (await loss!.data())[0]!,
    gradient: Float32Array.from(await (d_pixel_values ?? d_delta!).data()),
  }))
}

/** Opens the graph on an engine, makes one step, closes it again. */
export async function stepOn(engine: Engine, model: OnnxModel, options: CaseOptions): Promise<StepValues> {
  const graph = trainingGraph(model, options)
  const session = await engine.createSession(graph.model, graph.externalData)
  const feeds = seededFeeds(options)
  try {
    return await step(session, feeds)
  } finally {
    tf.dispose(feeds)
    await session.dispose()
  }
}

/** |a - b| / |b| in the L2 norm. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`)
  let difference = 0
  let norm = 0
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    norm += b[i]! ** 2
  }
  return Math.sqrt(difference / norm)
}
