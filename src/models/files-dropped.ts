/**
 * Model files that a person dropped or chose, whatever folders they lie in: a CLIP's two towers with its configuration,
 * or a classifier's one graph. They are found by their names; what is missing is named in one sentence.
 */
import { UserError } from '../errors'
import { TEXT_FILE, VISION_FILE } from './clip'
import type { ModelFiles } from './files'

/** The same shape as the lab protocol's. */
export interface DroppedFile {
  /** Relative to what was dropped. */
  readonly path: string
  readonly file: Blob
}

/** What exporters append to a graph's name, best first; others (4-bit) are not taken unasked. */
const VARIANTS = ['', '_fp16', '_int8', '_quantized', '_uint8']

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/**
 * @param name of the folder or file, for people
 * @throws UserError naming what is missing
 */
export async function droppedModel(name: string, dropped: readonly DroppedFile[]): Promise<ModelFiles> {
  // Of two files of one name the one nearer to the top.
  const byName = new Map<string, DroppedFile>()
  for (const one of [...dropped].sort((a, b) => b.path.split('/').length - a.path.split('/').length)) {
    byName.set(baseName(one.path), one)
  }
  const graphs = [...byName.keys()].filter((file) => /\.onnx$/i.test(file))
  if (graphs.length === 0) {
    throw new UserError(`"${name}" holds no .onnx file.`, `Choose ${FULL_LIST}, or a classifier's .onnx file.`)
  }
  const vision = pickTower(graphs, 'vision_model', /vision|visual|image/i)
  const text = pickTower(graphs, 'text_model', /text/i)
  if (!vision && !text && graphs.length > 1) {
    throw new UserError(
      `"${name}" holds ${graphs.length} .onnx files whose names do not say which is which.`,
      'Name the two of a CLIP vision_model.onnx and text_model.onnx, or give the one of a classifier alone.',
    )
  }
  const isClip = vision !== null || text !== null
  const missing = missingOf(byName, isClip, vision, text)
  if (missing.length > 0) {
    const kind = isClip ? 'the CLIP' : 'the classifier'
    throw new UserError(
      `"${name}" lacks ${listed(missing)} of ${kind}.`,
      'Choose all its files together, or the folder that holds them.',
    )
  }
  const named = new Map<string, string>([
    ...(vision ? [[VISION_FILE, vision] as const] : []),
    ...(text ? [[TEXT_FILE, text] as const] : []),
  ])
  return {
    name,
    list: async () => [...byName.keys()],
    async read(path, onBytes) {
      const file = byName.get(named.get(path) ?? baseName(path))?.file
      if (!file) return null
      const bytes = new Uint8Array(await file.arrayBuffer().catch(unreadable(baseName(path))))
      onBytes?.(bytes.byteLength, bytes.byteLength)
      return bytes
    },
  }
}

const FULL_LIST =
  'vision_model.onnx, text_model.onnx, config.json, preprocessor_config.json and tokenizer.json of a CLIP'

function pickTower(graphs: readonly string[], stem: string, about: RegExp): string | null {
  for (const variant of VARIANTS) if (graphs.includes(`${stem}${variant}.onnx`)) return `${stem}${variant}.onnx`
  const candidates = graphs.filter((file) => about.test(file))
  return candidates.length === 1 ? candidates[0]! : null
}

function missingOf(
  files: ReadonlyMap<string, unknown>,
  isClip: boolean,
  vision: string | null,
  text: string | null,
): readonly string[] {
  if (!isClip) return files.has('preprocessor_config.json') ? [] : ['preprocessor_config.json']
  const hasTokenizer = files.has('tokenizer.json') || (files.has('vocab.json') && files.has('merges.txt'))
  return [
    ...(vision ? [] : ['the image encoder (vision_model.onnx)']),
    ...(text ? [] : ['the text encoder (text_model.onnx)']),
    ...(hasTokenizer ? [] : ['tokenizer.json (or vocab.json with merges.txt)']),
    ...['config.json', 'preprocessor_config.json'].filter((file) => !files.has(file)),
  ]
}

/** "a", "a and b", "a, b and c". */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const unreadable = (file: string) => (cause: unknown) => {
  throw new UserError(
    `${file} could not be read from disk.`,
    'Check that it still lies where it was, and choose it again.',
    {
      cause,
    },
  )
}
