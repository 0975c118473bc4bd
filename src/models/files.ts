/**
 * Where the files of a model come from: a folder laid out as on the model hub, on disk (`files-node.ts`) or behind an
 * address (`files-fetch.ts`).
 */
import { UserError } from '../errors'

/** Bytes so far and in all; null where the server does not say. */
export type OnBytes = (loaded: number, total: number | null) => void

export interface ModelFiles {
  /** Name of the model for people. */
  readonly name: string
  /** Bytes of a file, e.g. "onnx/vision_model.onnx"; null when it is not there. */
  read(path: string, onBytes?: OnBytes): Promise<Uint8Array | null>
  /** Paths of all files, where that can be told: of a folder on disk or dropped files, not of an address. */
  list?(): Promise<readonly string[]>
}

/** @throws UserError naming the file when it is missing */
export async function readRequired(files: ModelFiles, path: string, onBytes?: OnBytes): Promise<Uint8Array> {
  const bytes = await files.read(path, onBytes)
  if (bytes) return bytes
  throw new UserError(
    `The model "${files.name}" lacks the file ${path}.`,
    'A model folder needs config.json, preprocessor_config.json, tokenizer.json, onnx/vision_model.onnx and onnx/text_model.onnx.',
  )
}

/** A JSON file, not yet validated. @throws UserError when it is missing or is no JSON */
export async function readJson(files: ModelFiles, path: string): Promise<unknown> {
  return parse(files, path, await readRequired(files, path))
}

/** The same, null when the file is missing. */
export async function readOptionalJson(files: ModelFiles, path: string): Promise<unknown> {
  const bytes = await files.read(path)
  return bytes === null ? null : parse(files, path, bytes)
}

function parse(files: ModelFiles, path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new UserError(`${path} of the model "${files.name}" is not JSON, or is cut short.`, 'Fetch the file again.', {
      cause,
    })
  }
}
