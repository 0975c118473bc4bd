/** The benchmark's rows as a table on the terminal. */
import type { Row } from './row'

const HEADS = [
  'model',
  'engine',
  'batch',
  'forward ms',
  'step ms',
  'ratio',
  'peak MB',
  'dispatches',
  'submits',
  'ran on',
]
const WIDTHS = [26, 12, 6, 11, 11, 6, 8, 11, 8, 0]

function print(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!))).join('  '))
}

export function columns(): void {
  print(HEADS)
}

const optional = (value: number | null, digits = 0) => (value === null ? '-' : value.toFixed(digits))

export function show(row: Row): void {
  print([
    row.model,
    row.engine,
    String(row.batch),
    optional(row.forwardMs, 1),
    optional(row.stepMs, 1),
    optional(row.ratio, 2),
    optional(row.peakBytes === null ? null : row.peakBytes / 2 ** 20),
    optional(row.dispatches),
    optional(row.submits),
    row.adapter,
  ])
}
