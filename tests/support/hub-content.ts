/** Models for the test hub, and the catalogue entries that would stand for them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCatalogue, type CatalogueModel } from '../../src/models/hub/catalogue'
import type { FileTable } from '../models/tiny-clip'
import { sha256Of } from './hub-server'

export type Files = Record<string, Uint8Array>

const STAMP = 'public/models/stamp'

/** The embedded model as the hub would serve it. */
export function stampFiles(): Files {
  const paths = [
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/vision_model.onnx',
    'onnx/text_model.onnx',
  ]
  return Object.fromEntries(paths.map((path) => [path, new Uint8Array(readFileSync(join(STAMP, path)))]))
}

/** Files given as values or bytes, as bytes. */
export function bytesOf(table: FileTable): Files {
  return Object.fromEntries(
    Object.entries(table).map(([path, content]) => [
      path,
      content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content)),
    ]),
  )
}

/** Bytes that do not repeat. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24)
}

/**
 * The entry of a model whose towers are `onnx/vision_model.onnx` and `onnx/text_model.onnx`.
 * @param unknown paths whose hashes and sizes the catalogue is not to know
 */
export function catalogueEntry(
  id: string,
  files: Files,
  unknown: readonly string[] = [],
  shape: Partial<CatalogueModel> = {},
): CatalogueModel {
  const file = (path: string) =>
    unknown.includes(path)
      ? { path, bytes: Math.round(files[path]!.byteLength / 2) || 1, estimated: true, sha256: null }
      : { path, bytes: files[path]!.byteLength, sha256: sha256Of(files[path]!) }
  const [entry] = parseCatalogue([
    {
      ...{ id, title: id, licence: 'MIT', page: `https://hub.test/${id}`, revision: 'main' },
      ...{ imageSize: 64, patchSize: 8, width: 128, layers: 4, tokens: 65, parameters: 1_000_000 },
      ...shape,
      files: Object.keys(files)
        .filter((path) => path.endsWith('.json'))
        .map(file),
      variants: [
        {
          ...{ id: 'fp32', learn: true },
          vision: file('onnx/vision_model.onnx'),
          text: file('onnx/text_model.onnx'),
        },
      ],
    },
  ])
  return entry!
}
