/** Files and folders that were picked or dropped, as the lab takes them: paths begin with the name that the person chose. */
import type { DirectoryDropItem, DropItem } from 'react-aria-components'
import type { SourceFile } from '../../lab/protocol'

export interface Intake {
  /** Name of the folder or zip, for people. */
  readonly name: string
  readonly files: readonly SourceFile[]
}

/** From an <input type=file>: with webkitdirectory each file carries its path from the chosen folder on. */
export function fromInput(list: readonly File[]): Intake {
  const files = list.map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  return { name: files[0]?.path.split('/')[0] ?? '', files }
}

/** From a drop: one folder, several class folders, or a zip. */
export async function fromDrop(items: Iterable<DropItem>): Promise<Intake> {
  const files: SourceFile[] = []
  let name = ''
  for (const item of items) {
    if (item.kind === 'text') continue
    name ||= item.name
    if (item.kind === 'file') files.push({ path: item.name, file: await item.getFile() })
    else await collect(item, `${item.name}/`, files)
  }
  return { name, files }
}

async function collect(directory: DirectoryDropItem, prefix: string, files: SourceFile[]): Promise<void> {
  for await (const entry of directory.getEntries()) {
    if (entry.kind === 'file') files.push({ path: prefix + entry.name, file: await entry.getFile() })
    else await collect(entry, `${prefix}${entry.name}/`, files)
  }
}
