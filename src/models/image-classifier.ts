/**
 * A frozen image classifier from a folder: `model.onnx` (or the only .onnx in it), `preprocessor_config.json`, and labels
 * in `labels.txt` or `config.json`. Any graph of one picture input and one output of logits will do: names and sizes are
 * read off the graph, and only what a graph cannot tell is asked of the files beside it.
 */
import { UserError } from '../errors'
import { inspectClassifier } from './classifier-graph'
import { classifierConfigSchema } from './classifier-config'
import { parseConfig } from './config'
import { readJson, readOptionalJson, type ModelFiles, type OnBytes } from './files'
import { openGraph, type FrozenGraph } from './frozen-graph'
import { readPreprocessor } from './preprocessor'
import type { ResizeRule } from './resize-rule'

export interface ImageClassifier {
  readonly kind: 'classifier'
  readonly name: string
  /** S: side of the square input, pixels. */
  readonly imageSize: number
  /** Per channel, of pixels in [0, 1]. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly resize: ResizeRule
  /** `input` float32 [B,3,S,S] -> `output` float32 [B,K], logits (half-precision exports: float16 in either place). */
  readonly vision: FrozenGraph
  readonly input: string
  readonly output: string
  /** K */
  readonly outputs: number
  /** Name of each output, [K]; "output 7" where no file names them. */
  readonly labels: readonly string[]
  /** sha256 of the graph's file, and of those that its weights lie in, one after the other, hex. */
  readonly sha256: string
}

/** Where a classifier's graph lies: plainly, or as the hub's exports have it. */
const MODEL_FILES = ['model.onnx', 'onnx/model.onnx'] as const
const PREPROCESSOR_FILE = 'preprocessor_config.json'

export interface GraphFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The graph of a classifier's folder; null where there is none, or where there are several to choose from. */
export async function readClassifierFile(files: ModelFiles, onBytes?: OnBytes): Promise<GraphFile | null> {
  for (const path of MODEL_FILES) {
    const bytes = await files.read(path, onBytes)
    if (bytes) return { path, bytes }
  }
  const graphs = ((await files.list?.()) ?? []).filter((path) => path.toLowerCase().endsWith('.onnx'))
  const [path] = graphs
  const bytes = path !== undefined && graphs.length === 1 ? await files.read(path, onBytes) : null
  return bytes && { path: path!, bytes }
}

/**
 * Reads and checks a classifier.
 * @param graphFile as `readClassifierFile` gives it
 * @throws UserError when it is no classifier of pictures, or a file that it needs is missing or damaged
 */
export async function loadImageClassifier(files: ModelFiles, { path, bytes }: GraphFile): Promise<ImageClassifier> {
  const { name } = files
  const json = await readJson(files, PREPROCESSOR_FILE)
  const configJson = (await readOptionalJson(files, 'config.json')) ?? {}
  const config = parseConfig(classifierConfigSchema, configJson, 'config.json', name, 'classifier')
  const { whole, frozen: vision } = await openGraph(files, path, bytes)
  const graph = inspectClassifier(whole, name, (declared) =>
    readPreprocessor(json, name, { declared, otherwise: config.image_size, filter: 'bilinear' }),
  )
  const { imageSize, mean, std, resize } = graph.preprocessing
  return {
    kind: 'classifier',
    name,
    imageSize,
    mean,
    std,
    resize,
    vision,
    input: graph.input,
    output: graph.output,
    outputs: graph.outputs,
    labels: labelsOf(await readLabels(files, config.id2label), graph.outputs, name),
    sha256: vision.sha256,
  }
}

/** labels.txt, a line an output; else `id2label`; null where neither is there. */
async function readLabels(
  files: ModelFiles,
  id2label: Readonly<Record<string, string>> | undefined,
): Promise<readonly string[] | null> {
  const text = await files.read('labels.txt')
  if (text) return new TextDecoder().decode(text).trimEnd().split(/\r?\n/).map((line) => line.trim()) // prettier-ignore
  if (!id2label) return null
  const ids = Object.keys(id2label)
  return Array.from(ids, (_, id) => id2label[id] ?? `output ${id}`)
}

function labelsOf(labels: readonly string[] | null, outputs: number, model: string): readonly string[] {
  if (labels === null) return Array.from({ length: outputs }, (_, id) => `output ${id}`)
  if (labels.length === outputs) return labels
  throw new UserError(
    `The classifier "${model}" has ${outputs} outputs, its list of labels ${labels.length} names.`,
    'Give a labels.txt with one line for each output, or leave it out.',
  )
}
