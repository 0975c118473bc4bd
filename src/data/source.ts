/**
 * A source is a list of files with paths, wherever they lie: dropped files here, a zip in `source-zip.ts`, a directory
 * in `source-node.ts`. Bytes are read one file at a time, when asked for.
 */
import { UserError } from '../errors'

export interface FileEntry {
  /** Relative, segments joined by "/". */
  readonly path: string
  /** Bytes, where that is known beforehand. */
  readonly size?: number
  bytes(): Promise<Uint8Array>
}

export interface Source {
  /** Name for people: of the folder or zip. */
  readonly name: string
  readonly files: readonly FileEntry[]
  /** Paths of the directories seen, so that an empty class folder is noticed. */
  readonly folders: readonly string[]
}

/** A file that a person dropped or chose; the same shape as the lab protocol's. A path ending in "/" is a folder. */
export interface DroppedFile {
  readonly path: string
  readonly file: Blob
}

/** Files left by operating systems and editors, which nobody means to be images. */
export function isSystemFile(path: string): boolean {
  const segments = path.split('/').filter((segment) => segment !== '')
  const last = segments.at(-1)?.toLowerCase()
  return (
    last === 'thumbs.db' ||
    last === 'desktop.ini' ||
    segments.some((segment) => segment === '__MACOSX' || segment.startsWith('.'))
  )
}

/**
 * A relative path with "/" between its segments; a trailing "/" (a folder) is kept.
 * @throws UserError when the path is absolute or climbs out of its folder
 */
export function cleanPath(path: string, sourceName: string): string {
  const slashed = path.replaceAll('\\', '/')
  const escapes = slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed) || slashed.includes('\0')
  const segments = slashed.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (escapes || segments.includes('..')) {
    throw new UserError(
      `"${sourceName}" holds a path that leads out of its folder: "${path}".`,
      'Pack the images anew as a plain zip with a folder per class.',
    )
  }
  return segments.join('/') + (slashed.endsWith('/') ? '/' : '')
}

/** Dropped or chosen files as a source. A single zip is for `zipSource` instead. */
export function droppedSource(name: string, dropped: readonly DroppedFile[]): Source {
  const entries = dropped.map(({ path, file }) => ({ path: cleanPath(path.replace(/^\/+/, ''), name), file }))
  return {
    name,
    files: entries
      .filter(({ path }) => !path.endsWith('/'))
      .map(({ path, file }) => ({
        path,
        size: file.size,
        bytes: async () => new Uint8Array(await file.arrayBuffer()),
      })),
    folders: entries.filter(({ path }) => path.endsWith('/')).map(({ path }) => path.slice(0, -1)),
  }
}

export const isZip = ({ path }: DroppedFile): boolean => path.toLowerCase().endsWith('.zip') && !isSystemFile(path)

/** What was dropped besides zips, as one source; none where that is nothing but leavings of the system. */
export function droppedSources(name: string, dropped: readonly DroppedFile[]): readonly Source[] {
  const meant = dropped.filter(({ path }) => !isSystemFile(path))
  return meant.length === 0 && dropped.length > 0 ? [] : [droppedSource(name, dropped)]
}

/** Several sources as one. Each but a single one lies in a folder of its name, so that no two files share a path. */
export function combinedSource(name: string, sources: readonly Source[]): Source {
  const filled = sources.filter(({ files, folders }) => files.length + folders.length > 0)
  const [only] = filled
  if (only && filled.length === 1) return { ...only, name }
  const under = filled.map((source) => ({ source, prefix: `${source.name.replace(/\.zip$/i, '')}/` }))
  return {
    name,
    files: under.flatMap(({ source, prefix }) => source.files.map((file) => ({ ...file, path: prefix + file.path }))),
    folders: under.flatMap(({ source, prefix }) => source.folders.map((path) => prefix + path)),
  }
}
