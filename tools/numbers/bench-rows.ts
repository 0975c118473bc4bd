/** The benchmark's rows as a table of docs/numbers.md. */
import type { Row } from '../bench/row'
import { table } from './block'

const shown = (value: number | null, digits = 0) => (value === null ? '' : value.toFixed(digits))

const cells = (row: Row): string[] => [
  row.model,
  row.engine,
  `${row.batch}`,
  shown(row.forwardMs, 1),
  shown(row.stepMs, 1),
  shown(row.ratio, 2),
  shown(row.peakBytes === null ? null : row.peakBytes / 2 ** 20),
  shown(row.dispatches),
  shown(row.submits),
  row.adapter,
]
const HEAD = [
  'model',
  'engine',
  'batch',
  'forward, ms',
  'step, ms',
  'step / forward',
  'MB',
  'dispatches',
  'submits',
  'ran on',
]

export const benchTable = (rows: readonly Row[]): string => table(HEAD, rows.map(cells))
