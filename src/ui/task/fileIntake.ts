/** Files and folders that were picked or dropped, as the lab takes them: paths begin with the name that the person chose. */
import type { DirectoryDropItem, DropItem } from 'react-aria-components'
import type { SourceFile } from '../../lab/protocol'

export interface Intake {
  /** Name of the folder or zip, for people. */
  readonly name: string
  readonly files: readonly SourceFile[]
}

/** Files looked up at a time while folders are listed. */
const LANES = 16
/** Files between two reports. */
const REPORT_EVERY = 200

/** From an <input type=file>: with webkitdirectory each file carries its path from the chosen folder on. */
export function fromInput(list: readonly File[]): Intake {
  const files = list.map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  return { name: nameOf(new Set(files.map(({ path }) => path.split('/')[0]!))), files }
}

/**
 * From a drop: folders, files, zips. The list of items is gone when the event is over, so it is read before anything is
 * waited for.
 * @param onListed hears how many files have been found so far
 */
export async function fromDrop(
  transfer: DataTransfer,
  onListed: (files: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Intake> {
  const entries: FileSystemEntry[] = []
  const plain: File[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    const file = entry ? null : item.getAsFile()
    if (entry) entries.push(entry)
    else if (file) plain.push(file)
  }
  const files: SourceFile[] = plain.map((file) => ({ path: file.name, file }))
  const names = new Set([...entries.map(({ name }) => name), ...plain.map(({ name }) => name)])
  const waiting: { readonly entry: FileSystemEntry; readonly path: string }[] = entries.map((entry) => ({
    entry,
    path: entry.name,
  }))
  let busy = 0
  async function lane(): Promise<void> {
    for (;;) {
      if (signal?.aborted) return
      const next = waiting.pop()
      // A folder that another lane is listing may bring more.
      if (!next) {
        if (busy === 0) return
        await new Promise((resume) => setTimeout(resume, 5))
        continue
      }
      busy++
      await visit(next.entry, next.path)
      busy--
    }
  }
  async function visit(entry: FileSystemEntry, path: string): Promise<void> {
    if (entry.isFile) {
      files.push({ path, file: await fileOf(entry as FileSystemFileEntry) })
      if (files.length % REPORT_EVERY === 0) onListed(files.length)
      return
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader()
    let found = 0
    // Browsers hand out a hundred at a time: until there are none.
    for (let batch = await listOf(reader); batch.length > 0; batch = await listOf(reader)) {
      found += batch.length
      for (const inner of batch) waiting.push({ entry: inner, path: `${path}/${inner.name}` })
      if (signal?.aborted) return
    }
    if (found === 0) files.push({ path: `${path}/`, file: new Blob() })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  signal?.throwIfAborted()
  onListed(files.length)
  return { name: nameOf(names), files }
}

function nameOf(names: ReadonlySet<string>): string {
  const [first = '', ...others] = names
  return others.length === 0 ? first : `${first} + ${others.length}`
}

/** A file that cannot be read comes as nothing, and is then named among those not taken. */
const fileOf = (entry: FileSystemFileEntry): Promise<Blob> =>
  new Promise((resolve) => entry.file(resolve, () => resolve(new Blob())))

const listOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve) => reader.readEntries(resolve, () => resolve([])))

/** From a drop that the component library has read: files, and what is in folders. */
export async function fromDropItems(items: Iterable<DropItem>): Promise<Intake> {
  const files: SourceFile[] = []
  let name = ''
  async function collect(directory: DirectoryDropItem, prefix: string): Promise<void> {
    for await (const entry of directory.getEntries()) {
      if (entry.kind === 'file') files.push({ path: prefix + entry.name, file: await entry.getFile() })
      else await collect(entry, `${prefix}${entry.name}/`)
    }
  }
  for (const item of items) {
    if (item.kind === 'text') continue
    name ||= item.name
    if (item.kind === 'file') files.push({ path: item.name, file: await item.getFile() })
    else await collect(item, `${item.name}/`)
  }
  return { name, files }
}
