/** Directories and zip files on Node as sources. */
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { UserError } from '../errors'
import type { FileEntry, Source } from './source'
import { zipSource, type RandomAccess } from './source-zip'

/**
 * A folder, or a zip of one, at `path`.
 * @throws UserError when there is nothing there, or something else
 */
export async function openSource(path: string): Promise<Source> {
  const info = await stat(path).catch(() => null)
  if (info?.isDirectory()) return directorySource(path)
  if (info?.isFile()) return zipSource(basename(path), fileAccess(path, info.size))
  throw new UserError(`There is no folder or zip at "${path}".`, 'Check the path; it is read from the current folder.')
}

/** Every file below `root`, symbolic links followed, in the order of their names. */
export async function directorySource(root: string): Promise<Source> {
  const files: FileEntry[] = []
  const folders: string[] = []
  const seen = new Set<string>()

  async function walk(relative: string): Promise<void> {
    const here = join(root, relative)
    // A link to a folder above would be walked for ever.
    const real = await realpath(here)
    if (seen.has(real)) return
    seen.add(real)
    for (const name of (await readdir(here)).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`
      const full = join(root, path)
      const info = await stat(full).catch(() => null)
      if (info?.isDirectory()) {
        folders.push(path)
        await walk(path)
      } else if (info?.isFile()) {
        files.push({ path, size: info.size, bytes: () => readFile(full) })
      }
    }
  }

  await walk('')
  return { name: basename(resolve(root)), files, folders }
}

function fileAccess(path: string, size: number): RandomAccess {
  return {
    size,
    async read(at, length) {
      const file = await open(path)
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)))
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
  }
}
