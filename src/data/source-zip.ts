/**
 * A zip as a source. The list comes from the zip's directory; the files are unpacked in groups of at most 32 MB, in
 * their order in the zip, so that neither a large archive nor a bomb fills the memory.
 */
import { unzipSync } from 'fflate'
import { UserError } from '../errors'
import { cleanPath, type FileEntry, type Source } from './source'

const MAX_ENTRIES = 200_000
const MAX_FILE_BYTES = 256 * 2 ** 20
const MAX_TOTAL_BYTES = 4 * 2 ** 30
const GROUP_BYTES = 32 * 2 ** 20

const STORED = 0
const DEFLATED = 8

interface Entry {
  readonly name: string
  readonly path: string
  readonly size: number
}

/**
 * @param name for people, e.g. the file name
 * @throws UserError when it is no zip, is damaged or encrypted, holds paths that lead outside, or is absurdly large
 */
export function zipSource(name: string, zip: Uint8Array): Source {
  const entries = listEntries(name, zip)
  const groups = intoGroups(entries.filter(({ path }) => !path.endsWith('/')))
  let open: { group: ReadonlySet<string>; contents: Record<string, Uint8Array> } | null = null

  function unpack(entry: Entry, group: ReadonlySet<string>): Uint8Array {
    if (open?.group !== group) {
      open = { group, contents: attempt(name, () => unzipSync(zip, { filter: (info) => group.has(info.name) })) }
    }
    const bytes = open.contents[entry.name]
    if (bytes?.length !== entry.size) throw damaged(name)
    return bytes
  }

  const files: FileEntry[] = groups.flatMap(({ members, names }) =>
    members.map((entry) => ({ path: entry.path, bytes: async () => unpack(entry, names) })),
  )
  const folders = entries.filter(({ path }) => path.endsWith('/')).map(({ path }) => path.slice(0, -1))
  return { name, files, folders }
}

function listEntries(name: string, zip: Uint8Array): readonly Entry[] {
  const entries: Entry[] = []
  let total = 0
  attempt(name, () =>
    unzipSync(zip, {
      filter: (info) => {
        const path = cleanPath(info.name, name)
        if (info.compression !== STORED && info.compression !== DEFLATED) {
          throw new UserError(
            `"${name}" is encrypted or packed in an unusual way ("${path}").`,
            'Pack the images anew as a plain zip without a password.',
          )
        }
        total += info.originalSize
        if (info.originalSize > MAX_FILE_BYTES || total > MAX_TOTAL_BYTES || entries.length >= MAX_ENTRIES) {
          throw new UserError(
            `"${name}" unpacks to more than this program takes (${MAX_ENTRIES} files, 256 MB a file, 4 GB in all).`,
            'Take fewer images, or drop the unpacked folder instead of the zip.',
          )
        }
        entries.push({ name: info.name, path, size: info.originalSize })
        return false
      },
    }),
  )
  return entries
}

function intoGroups(entries: readonly Entry[]): { members: Entry[]; names: Set<string> }[] {
  const groups: { members: Entry[]; names: Set<string> }[] = []
  let bytes = Infinity
  for (const entry of entries) {
    if (bytes + entry.size > GROUP_BYTES) {
      groups.push({ members: [], names: new Set() })
      bytes = 0
    }
    bytes += entry.size
    groups.at(-1)!.members.push(entry)
    groups.at(-1)!.names.add(entry.name)
  }
  return groups
}

function attempt<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof UserError ? error : damaged(name, error)
  }
}

function damaged(name: string, cause?: unknown): UserError {
  return new UserError(
    `"${name}" is not a zip, or is damaged.`,
    'Fetch or pack it again; a zip with a password does not work either.',
    { cause },
  )
}
