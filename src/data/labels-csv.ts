/**
 * A table of labels beside the images: file, label and perhaps split, with or without a header, separated by comma,
 * semicolon, tab or bar, quoted or not, in UTF-8, UTF-16 or what Excel calls ANSI.
 */
import Papa from 'papaparse'
import { splitNamed } from './layout'
import type { Split } from './task'

export interface LabelRow {
  /** As written, with "/" between segments. */
  readonly file: string
  /** null where the cell is empty. */
  readonly label: string | null
  readonly split: Split | null
  /** Of the table, from 1. */
  readonly line: number
}

export interface LabelTable {
  readonly rows: readonly LabelRow[]
  /** Whether its first line names a column of files and one of labels. */
  readonly header: boolean
}

/** More rows than this are not read: a table of labels is not that long. */
const MAX_ROWS = 500_000

const FILE_NAMES = ['file', 'filename', 'filepath', 'path', 'image', 'imagepath', 'imagefile', 'imagename']
const MORE_FILE_NAMES = [
  'imageid',
  'img',
  'imgpath',
  'imgname',
  'picture',
  'photo',
  'name',
  'id',
  'files',
  'images',
  'filenames',
]
const LABEL_NAMES = ['label', 'class', 'category', 'target', 'classname', 'labelname', 'labels', 'y', 'tag', 'species']
const SPLIT_NAMES = ['split', 'set', 'subset', 'partition', 'fold', 'usage', 'dataset', 'phase']
const FILES = new Set(FILE_NAMES)
/** These name files only where nothing else does. */
const PERHAPS_FILES = new Set(MORE_FILE_NAMES)
const LABELS = new Set([...LABEL_NAMES, 'breed', 'text', 'classid', 'labelid'])

const plain = (cell: string): string => cell.toLowerCase().replace(/[\s_.-]/g, '')

/**
 * @param looksLikeFile whether a cell could name one of the images at hand
 * @returns null where it is not a table of files and labels
 */
export function parseLabels(bytes: Uint8Array, looksLikeFile: (cell: string) => boolean): LabelTable | null {
  const text = decodeText(bytes)
  if (text.includes('\0')) return null
  const { data } = Papa.parse<string[]>(text, { delimitersToGuess: [',', ';', '\t', '|'], preview: MAX_ROWS })
  const lines = data
    .map((cells, i) => ({ cells: cells.map((cell) => cell.trim()), line: i + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
  const [first] = lines
  if (!first || first.cells.length < 2) return null
  const header = columnsOf(first.cells, looksLikeFile)
  const columns = header ?? guessColumns(lines, looksLikeFile)
  if (!columns) return null
  const body = header ? lines.slice(1) : lines
  const rows = body.flatMap(({ cells, line }): LabelRow[] => {
    const file = (cells[columns.file] ?? '').replaceAll('\\', '/').replace(/^(\.\/)+/, '')
    if (file === '') return []
    return [{ file, label: cells[columns.label] || null, split: splitNamed(cells[columns.split ?? -1]), line }]
  })
  return { rows, header: header !== null }
}

interface Columns {
  readonly file: number
  readonly label: number
  readonly split: number | null
}

/** By the names in the first line; null where that is no header. */
function columnsOf(cells: readonly string[], looksLikeFile: (cell: string) => boolean): Columns | null {
  if (cells.some(looksLikeFile)) return null
  const names = cells.map(plain)
  const find = (wanted: ReadonlySet<string>, taken: readonly number[] = []) =>
    names.findIndex((name, i) => wanted.has(name) && !taken.includes(i))
  const file = find(FILES) >= 0 ? find(FILES) : find(PERHAPS_FILES)
  const label = find(LABELS, [file])
  if (file < 0 || label < 0) return null
  const split = names.findIndex((name) => SPLIT_NAMES.includes(name))
  return { file, label, split: split < 0 ? null : split }
}

/** Without a header: the first column whose cells name images, the next one for labels, one of split words for splits. */
function guessColumns(
  lines: readonly { readonly cells: readonly string[] }[],
  looksLikeFile: (cell: string) => boolean,
): Columns | null {
  const some = lines.slice(0, 50).map(({ cells }) => cells)
  const width = Math.max(...some.map(({ length }) => length))
  const all = Array.from({ length: width }, (_, column) => column)
  const file = all.find((column) => some.filter((cells) => looksLikeFile(cells[column] ?? '')).length * 2 > some.length)
  if (file === undefined) return null
  const isSplit = (column: number) => some.every((cells) => splitNamed(cells[column]) !== null)
  const others = all.filter((column) => column !== file)
  const split = others.length > 1 ? (others.find(isSplit) ?? null) : null
  const label = others.find((column) => column !== split && some.some((cells) => (cells[column] ?? '') !== ''))
  return label === undefined ? null : { file, label, split }
}

function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
