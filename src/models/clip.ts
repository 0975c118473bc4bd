/**
 * A CLIP from a folder laid out as on the model hub: configuration, preprocessing, tokenizer and two ONNX towers.
 *
 * Everything that comes from outside is checked here, before a byte goes to the device: what leaves this room is a CLIP.
 */
import { createSHA256 } from 'hash-wasm'
import { UserError } from '../errors'
import type { OnnxModel } from '../onnx/model'
import { clipConfigSchema, parseConfig } from './config'
import { readJson, readOptionalJson, readRequired, type ModelFiles } from './files'
import { openGraph, type FrozenGraph } from './frozen-graph'
import { readPreprocessor } from './preprocessor'
import type { ResizeRule } from './resize-rule'
import { createTokenizer, type ClipTokenizer } from './tokenizer'
import { readTokenizer } from './tokenizer-vocabulary'

export const VISION_FILE = 'onnx/vision_model.onnx'
export const TEXT_FILE = 'onnx/text_model.onnx'

/** The scale of the published CLIPs, ln 100, where the configuration does not name another. */
const DEFAULT_LOGIT_SCALE = Math.log(100)

export interface Clip {
  readonly kind: 'clip'
  readonly name: string
  /** S: side of the square input, pixels. */
  readonly imageSize: number
  /** Per channel, of pixels in [0, 1]. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly resize: ResizeRule
  /** Natural logarithm of the factor on cosines. */
  readonly logitScale: number
  /** D: length of an embedding. */
  readonly projectionDim: number
  /** `pixel_values` float32 [B,3,S,S] -> `image_embeds` [B,D], not normalised (half-precision exports: float16 in either place). */
  readonly vision: FrozenGraph
  /** `input_ids` int64 [B,L] (and `attention_mask`, where the export has it) -> `text_embeds` [B,D], likewise. */
  readonly text: FrozenGraph
  readonly tokenizer: ClipTokenizer
  /** sha256 of the files of the vision and of the text model, one after the other, hex. */
  readonly sha256: string
}

/**
 * Reads and checks a model.
 * @param onProgress bytes of the two towers so far and, as far as known, in all
 * @throws UserError when a file is missing or damaged, or the model is not a CLIP
 */
export async function loadClip(files: ModelFiles, onProgress?: (loaded: number, total: number) => void): Promise<Clip> {
  const { name } = files
  const config = parseConfig(clipConfigSchema, await readJson(files, 'config.json'), 'config.json', name)
  const { imageSize, mean, std, resize } = readPreprocessor(await readJson(files, 'preprocessor_config.json'), name, {
    declared: config.vision_config.image_size,
    filter: 'bicubic',
  })
  const tokenizer = createTokenizer(
    await readTokenizer(files),
    await readOptionalJson(files, 'tokenizer_config.json'),
    config.text_config.vocab_size,
    config.text_config.max_position_embeddings,
  )

  const hash = await createSHA256()
  const progress = sumProgress(onProgress)
  // One after the other: both at once are what a browser's tab may not survive.
  const open = async (file: string, needed: readonly string[], known: readonly string[], output: string) => {
    const { whole, frozen } = await openGraph(files, file, await readRequired(files, file, progress(file)))
    requireSignature(whole, file, name, needed, known, output)
    for (const { data } of whole.files) hash.update(data)
    return frozen
  }
  const vision = await open(VISION_FILE, ['pixel_values'], ['pixel_values'], 'image_embeds')
  const text = await open(TEXT_FILE, ['input_ids'], ['input_ids', 'attention_mask'], 'text_embeds')

  return {
    kind: 'clip',
    name,
    imageSize,
    mean,
    std,
    resize,
    logitScale: config.logit_scale ?? DEFAULT_LOGIT_SCALE,
    projectionDim: config.projection_dim,
    vision,
    text,
    tokenizer,
    sha256: hash.digest('hex'),
  }
}

function requireSignature(
  { graph }: OnnxModel,
  file: string,
  model: string,
  needed: readonly string[],
  known: readonly string[],
  output: string,
): void {
  const inputs = graph.inputs.map(({ name }) => name)
  const fits =
    needed.every((name) => inputs.includes(name)) &&
    inputs.every((name) => known.includes(name)) &&
    graph.outputs.some(({ name, dtype }) => name === output && (dtype === 'float32' || dtype === 'float16'))
  if (fits) return
  throw new UserError(
    `${file} of the model "${model}" is not that part of a CLIP: it takes ${inputs.join(', ') || 'nothing'} and gives ${graph.outputs.map(({ name }) => name).join(', ')}.`,
    `Export it so that it takes ${needed.join(', ')} and gives ${output} in float32 or float16.`,
  )
}

/** Adds up the progress of files that are read at the same time. */
function sumProgress(onProgress: ((loaded: number, total: number) => void) | undefined) {
  const state = new Map<string, { loaded: number; total: number }>()
  return (file: string) => (loaded: number, total: number | null) => {
    state.set(file, { loaded, total: total ?? loaded })
    const all = [...state.values()]
    onProgress?.(
      all.reduce((sum, one) => sum + one.loaded, 0),
      all.reduce((sum, one) => sum + one.total, 0),
    )
  }
}
