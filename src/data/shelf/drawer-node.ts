/** A folder on Node as a drawer. */
import { closeSync, fsyncSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FullError, type Drawer, type DrawerFile, type FileFacts } from './drawer'

/** A drawer in a new folder for temporary files, which goes when the program ends. */
export async function temporaryDrawer(): Promise<Drawer> {
  const folder = await mkdtemp(join(tmpdir(), 'passepartout-pixels-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return new NodeDrawer(folder)
}

export class NodeDrawer implements Drawer {
  readonly lasting = true

  constructor(private readonly folder: string) {}

  async list(): Promise<readonly FileFacts[]> {
    await mkdir(this.folder, { recursive: true })
    return Promise.all(
      (await readdir(this.folder)).map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.folder, name))
        return { name, bytes: size, modified: mtimeMs }
      }),
    )
  }

  async text(name: string, most = Infinity): Promise<string | null> {
    const file = await open(join(this.folder, name)).catch(() => null)
    if (!file) return null
    try {
      const bytes = new Uint8Array(Math.min((await file.stat()).size, most))
      await file.read(bytes, 0, bytes.length, 0)
      return new TextDecoder().decode(bytes)
    } finally {
      await file.close()
    }
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    await writeFile(join(this.folder, `${name}.new`), text)
    await rename(join(this.folder, `${name}.new`), join(this.folder, name))
  }

  async open(name: string, mode: 'read' | 'write'): Promise<DrawerFile | null> {
    await mkdir(this.folder, { recursive: true })
    const path = join(this.folder, name)
    const there = await stat(path).catch(() => null)
    if (!there && mode === 'read') return null
    return new NodeFile(openSync(path, mode === 'read' ? 'r' : there ? 'r+' : 'w+'))
  }

  async remove(name: string): Promise<boolean> {
    await rm(join(this.folder, name), { force: true })
    return true
  }

  async free(): Promise<number | null> {
    const facts = await statfs(this.folder).catch(() => null)
    return facts && facts.bavail * facts.bsize
  }
}

class NodeFile implements DrawerFile {
  #open = true

  constructor(private readonly descriptor: number) {}

  get size(): number {
    return fstatSync(this.descriptor).size
  }

  read(into: Uint8Array, at: number): number {
    return readSync(this.descriptor, into, 0, into.length, at)
  }

  write(bytes: Uint8Array, at: number): void {
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, at + done)
      }
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : null
      if (code === 'ENOSPC' || code === 'EDQUOT') throw new FullError({ cause })
      throw cause
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.descriptor, size)
  }

  flush(): void {
    fsyncSync(this.descriptor)
  }

  close(): void {
    if (this.#open) closeSync(this.descriptor)
    this.#open = false
  }
}
