/** Tables of labels found among the files of a source, and the images that their rows name. */
import { parseLabels, type LabelRow, type LabelTable } from './labels-csv'
import { extension, splitNamed, type Candidate, type Layout } from './layout'
import type { FileEntry, Source } from './source'
import type { SkippedFile } from './task'

/** A table larger than this is not one of labels. */
const MAX_TABLE_BYTES = 64 * 2 ** 20
/** So many rows that name no picture are listed; then they are only counted. */
const LISTED = 200

const isTable = (path: string): boolean => ['csv', 'tsv'].includes(extension(path))

/**
 * The layout with the classes and splits that tables of the source give, where they fit: a table without a header that
 * contradicts class folders is left alone.
 */
export async function applyLabels(source: Source, layout: Layout): Promise<Layout> {
  const tables = source.files.filter(({ path }) => layout.skipped.some((one) => one.path === path) && isTable(path))
  if (tables.length === 0) return layout
  const index = new FileIndex(layout.candidates)
  const folders = new Set(layout.candidates.map(({ folder }) => folder)).size
  const found: { file: FileEntry; rows: readonly Named[] }[] = []
  const skipped: SkippedFile[] = layout.skipped.filter(({ path }) => !tables.some((one) => one.path === path))
  for (const file of tables) {
    const table = await readTable(file, index)
    const rows = table ? resolve(file, table, index) : []
    const named = rows.filter(({ at }) => at !== null).length
    if (table && named > 0 && named * 2 >= rows.length && (table.header || folders < 3)) found.push({ file, rows })
    else skipped.push({ path: file.path, reason: reasonAgainst(table, rows) })
  }
  if (found.length === 0) return { candidates: layout.candidates, skipped }
  return { candidates: relabel(layout.candidates, found, skipped), skipped }
}

interface Named extends LabelRow {
  /** Candidate that it names; null where there is none. */
  readonly at: number | null
}

async function readTable(file: FileEntry, index: FileIndex): Promise<LabelTable | null> {
  if ((file.size ?? 0) > MAX_TABLE_BYTES) return null
  try {
    return parseLabels(await file.bytes(), (cell) => index.find('', cell) !== null || index.hasExtension(cell))
  } catch {
    return null
  }
}

function resolve(table: FileEntry, { rows }: LabelTable, index: FileIndex): Named[] {
  const folder = table.path.includes('/') ? table.path.slice(0, table.path.lastIndexOf('/') + 1) : ''
  // train.csv, val.csv and test.csv say the split by their names.
  const name = table.path.slice(folder.length).replace(/\.\w+$/, '')
  const split =
    name
      .split(/[\s_.-]/)
      .map(splitNamed)
      .find((one) => one !== null) ?? null
  return rows.map((row) => ({ ...row, split: row.split ?? split, at: index.find(folder, row.file) }))
}

function relabel(
  candidates: readonly Candidate[],
  found: readonly { file: FileEntry; rows: readonly Named[] }[],
  skipped: SkippedFile[],
): Candidate[] {
  const given = new Map<number, { label: string; split: Candidate['split'] }>()
  const twice = new Set<number>()
  for (const { file, rows } of found) {
    const missing = rows.filter(({ at }) => at === null)
    for (const { file: name, line } of missing.slice(0, LISTED)) {
      skipped.push({ path: name, reason: `named in ${file.path}, line ${line}, but not among the pictures` })
    }
    if (missing.length > LISTED) {
      skipped.push({ path: file.path, reason: `names ${missing.length - LISTED} more files that are not here` })
    }
    for (const { at, label, split } of rows) {
      if (at === null || label === null) continue
      const before = given.get(at)
      if (before && before.label !== label) twice.add(at)
      else given.set(at, { label, split: split ?? before?.split ?? null })
    }
  }
  return candidates.flatMap((candidate, i): Candidate[] => {
    if (twice.has(i)) {
      skipped.push({ path: candidate.file.path, reason: 'the table of labels gives it two classes' })
      return []
    }
    const row = given.get(i)
    // What no row names has no class: its folder is where the pictures happen to lie.
    if (!row) return [{ file: candidate.file, folder: null, split: null }]
    return [{ file: candidate.file, folder: row.label, split: row.split ?? candidate.split }]
  })
}

function reasonAgainst(table: LabelTable | null, rows: readonly Named[]): string {
  if (!table) return 'not a table of files and labels'
  const wrong = rows.find(({ at }) => at === null)
  if (!wrong) return 'a table of labels that the class folders go before'
  return `a table of labels that names other pictures (line ${wrong.line}: "${wrong.file.replace(/\s+/g, ' ').slice(0, 60)}")`
}

/** Finds the image that a cell means: by path, by the end of a path, by name with or without its extension. */
class FileIndex {
  readonly #byKey = new Map<string, number | null>()
  readonly #extensions = new Set<string>()

  constructor(candidates: readonly Candidate[]) {
    candidates.forEach(({ file }, i) => {
      const path = file.path.toLowerCase()
      this.#extensions.add(extension(path))
      for (let at = -1; ; at = path.indexOf('/', at + 1)) {
        const tail = path.slice(at + 1)
        this.#add(tail, i)
        this.#add(tail.replace(/\.[^./]+$/, ''), i)
        if (path.indexOf('/', at + 1) < 0) break
      }
      this.#byKey.set(`=${path}`, i)
    })
  }

  hasExtension(cell: string): boolean {
    return this.#extensions.has(extension(cell))
  }

  /** @param folder of the table, with its "/" */
  find(folder: string, cell: string): number | null {
    const name = cell
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, '')
      .toLowerCase()
    if (name === '') return null
    const exact = this.#byKey.get(`=${folder.toLowerCase()}${name}`) ?? this.#byKey.get(`=${name}`)
    return exact ?? this.#byKey.get(name) ?? null
  }

  /** A key that two files share means neither. */
  #add(key: string, i: number): void {
    const before = this.#byKey.get(key)
    this.#byKey.set(key, before === undefined || before === i ? i : null)
  }
}
