/**
 * A graph of a frozen model, as it is held between sessions: what is known of it, and how its files are read again. Its
 * weights are read when a session is made of them, given to the engine, and let go.
 */
import { UserError } from '../errors'
import { inferenceModel } from '../onnx/inference'
import type { ModelFile, OnnxModel } from '../onnx/model'
import { outlineOf } from '../onnx/outline'
import { decodeModel } from '../onnx/read'
import { weightsApart } from '../onnx/weights-apart'
import type { Engine, Session } from '../runtime/engine'
import { readRequired, type ModelFiles } from './files'
import { readGraph } from './read-graph'
import { sha256 } from './sha256'

export interface FrozenGraph {
  /** The graph without weights: not to be run. */
  readonly outline: OnnxModel
  /** Of the graph's file, and of those that its weights lie in. */
  readonly bytes: number
  /** sha256 of these files, one after the other, hex. */
  readonly sha256: string
  /** Reads them, the graph's own first, from where the model came from. @throws UserError where one is no longer there */
  readFiles(): Promise<readonly ModelFile[]>
}

/** The graph as it was read, with its weights, and as it is held. Whoever needs the first drops it soon. */
export interface OpenedGraph {
  readonly whole: OnnxModel
  readonly frozen: FrozenGraph
}

/**
 * Reads a graph and the files beside it that it names.
 * @param file inside the model's folder
 * @param bytes of it
 * @throws UserError when a file is missing or damaged
 */
export async function openGraph(files: ModelFiles, file: string, bytes: Uint8Array): Promise<OpenedGraph> {
  const whole = await readGraph(files, bytes, file)
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  const paths = whole.files.map(({ path }, i) => ({ path, from: i === 0 ? file : folder + path }))
  return {
    whole,
    frozen: {
      outline: outlineOf(whole),
      bytes: whole.files.reduce((sum, { data }) => sum + data.byteLength, 0),
      sha256: await sha256(...whole.files.map(({ data }) => data)),
      async readFiles() {
        const read: ModelFile[] = []
        for (const { path, from } of paths) read.push({ path, data: await readRequired(files, from) })
        return read
      },
    },
  }
}

/**
 * The graph with its weights, for a session.
 * @throws UserError where its files are no longer there, or no longer what they were
 */
export async function readFrozen(frozen: FrozenGraph): Promise<OnnxModel> {
  const files = await frozen.readFiles()
  if ((await sha256(...files.map(({ data }) => data))) !== frozen.sha256) {
    throw new UserError(
      "The model's files are no longer what they were when it was loaded.",
      'Load the model again; what was learned so far belongs to the model as it was.',
    )
  }
  const [graph, ...beside] = files
  return decodeModel(graph!.data, beside)
}

/** A session of the graph as it is, without a gradient; its weights are held by the engine alone. */
export async function openInference(engine: Engine, frozen: FrozenGraph): Promise<Session> {
  const whole = await readFrozen(frozen)
  const [graph, ...beside] = whole.files
  const rewritten = inferenceModel(whole)
  if (rewritten) return engine.createSession(rewritten.model, rewritten.externalData)
  const { model, externalData } = weightsApart(graph!.data)
  return engine.createSession(model, [externalData, ...beside])
}
