/**
 * The index of a store on disk: which file is complete, with which hash, of which version. It is never trusted against
 * the files themselves: what it says of a file that is not there, or has another length, is dropped, and a file that it
 * does not know becomes a part, which a published hash can still make complete without a download.
 */
import { z } from 'zod'
import type { FileKey, StoredFile } from './store'

/** Of the index's form. An index of another version is not read; the files stay, as parts. */
export const INDEX_VERSION = 1

const entrySchema = z.object({
  modelId: z.string().min(1),
  revision: z.string().min(1),
  path: z.string().min(1),
  bytes: z.int().nonnegative(),
  complete: z.boolean(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  checked: z.enum(['published', 'recorded']).nullable(),
  validator: z.string().nullable(),
})
const indexSchema = z.object({ version: z.literal(INDEX_VERSION), files: z.array(entrySchema) })

/** Entries of an index; none where it is damaged, or of another version. */
export function parseIndex(text: string): readonly StoredFile[] {
  try {
    return indexSchema.parse(JSON.parse(text)).files
  } catch {
    return []
  }
}

export const formatIndex = (files: readonly StoredFile[]): string => JSON.stringify({ version: INDEX_VERSION, files })

/** Name of the file on disk: no character in it separates folders. */
export function fileName({ modelId, revision, path }: FileKey): string {
  return [modelId, revision, path].map(encodeURIComponent).join('@')
}

/** The key in a name; null where the name is no such. */
export function parseFileName(name: string): FileKey | null {
  try {
    const [modelId, revision, path, ...rest] = name.split('@').map(decodeURIComponent)
    return modelId && revision && path && rest.length === 0 ? { modelId, revision, path } : null
  } catch {
    return null
  }
}

/**
 * What is true of the files on disk.
 * @param lengths bytes of each file on disk, by its name
 */
export function reconcile(entries: readonly StoredFile[], lengths: ReadonlyMap<string, number>): readonly StoredFile[] {
  const known = new Map(entries.map((entry) => [fileName(entry), entry]))
  const files: StoredFile[] = []
  for (const [name, bytes] of lengths) {
    const key = parseFileName(name)
    if (!key) continue
    const entry = known.get(name)
    const whole = entry?.complete && entry.bytes === bytes && entry.sha256 !== null
    files.push(whole ? entry : asPart(key, bytes, entry?.complete ? null : (entry?.validator ?? null)))
  }
  return files
}

export function asPart(key: FileKey, bytes: number, validator: string | null): StoredFile {
  const { modelId, revision, path } = key
  return { modelId, revision, path, bytes, complete: false, sha256: null, checked: null, validator }
}
