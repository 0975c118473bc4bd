/**
 * Feeds and outputs at the border to ONNX Runtime, and what its errors say to a person.
 */
import type { Env, InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common'
import { UserError } from '../errors'
import type { OrtFiles } from './assets'
import type { Feeds, HostTensor } from './engine'
import { inMemory } from './program-files'
import { tf } from './tfjs'

/** What all builds of ONNX Runtime for JavaScript have in common. */
export interface Ort {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: TensorConstructor
}

/** Gives a page's ONNX Runtime its files before its first session: once it has failed without them it never starts. */
export async function giveFiles({ wasm }: Env, { mjs, wasm: binary }: OrtFiles): Promise<void> {
  const both = [inMemory(mjs, 'text/javascript'), inMemory(binary, 'application/wasm')] as const
  // A failure is told when neither is under way any more, so that the next try begins both anew.
  await Promise.allSettled(both)
  const [loader, bytes] = await Promise.all(both)
  // Always explicit: with threads, a bundled loader would start the app itself in its workers, and hang.
  wasm.wasmPaths = { mjs: loader, wasm: bytes }
}

/**
 * tfjs tensors of a run, held so that the caller may dispose its own while the run waits for its turn: a buffer given
 * back to tfjs's pool could be overwritten before ONNX Runtime has read it.
 */
export class HeldFeeds {
  readonly tensors: ReadonlyMap<string, tf.Tensor>
  readonly hosts: ReadonlyMap<string, HostTensor>

  constructor(feeds: Feeds) {
    const tensors = new Map<string, tf.Tensor>()
    const hosts = new Map<string, HostTensor>()
    for (const [name, feed] of Object.entries(feeds)) {
      if (!(feed instanceof tf.Tensor)) hosts.set(name, feed)
      else if (feed.dtype === 'float32' || feed.dtype === 'int32') tensors.set(name, feed)
      else
        throw new Error(`feed '${name}' is a tfjs ${feed.dtype} tensor: give a HostTensor, ONNX stores it differently`)
    }
    for (const [name, tensor] of tensors) tensors.set(name, tf.keep(tf.clone(tensor)))
    this.tensors = tensors
    this.hosts = hosts
  }

  release(): void {
    for (const tensor of this.tensors.values()) tensor.dispose()
  }
}

export function hostToOrt(ort: Ort, name: string, { dtype, dims, data }: HostTensor): Tensor {
  try {
    return new ort.Tensor(dtype as 'float32', data as Float32Array, dims)
  } catch (error) {
    throw new Error(`feed '${name}' is no ${dtype} tensor of shape [${dims.join(',')}]: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** The dtype under which tfjs holds an output; others cannot leave a session. */
export function outputDType(name: string, output: Tensor): 'float32' | 'int32' {
  if (output.type === 'float32' || output.type === 'int32') return output.type
  throw new Error(`output '${name}' is ${output.type}: a session gives float32 and int32 only; fetch the others' names`)
}

/** Runs the graph for the outputs asked for, or for all; what goes wrong is said as one sentence. */
export async function runGraph(
  session: InferenceSession,
  inputs: InferenceSession.FeedsType,
  fetches: readonly string[] | undefined,
): Promise<InferenceSession.ReturnType> {
  try {
    return await (fetches ? session.run(inputs, fetches) : session.run(inputs))
  } catch (error) {
    throw new Error(`ONNX Runtime could not run the graph: ${messageOf(error)}`, { cause: error })
  }
}

export function createError(error: unknown): UserError {
  return new UserError(
    `ONNX Runtime could not load the model: ${messageOf(error)}.`,
    'Check that the file is complete and a plain ONNX export; download or export it again.',
    { cause: error },
  )
}

/** First line of a message, without the trace and the full stop that ONNX Runtime may add. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0]!.trim().replace(/\.$/, '')
}
