/** Model files in a folder on disk. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { ModelFiles } from './files'

export function modelFolder(folder: string): ModelFiles {
  return {
    name: basename(resolve(folder)),
    async list() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
    },
    async read(path, onBytes) {
      try {
        const bytes = await readFile(join(folder, path))
        onBytes?.(bytes.byteLength, bytes.byteLength)
        return bytes
      } catch (error) {
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
          return null
        throw error
      }
    },
  }
}
