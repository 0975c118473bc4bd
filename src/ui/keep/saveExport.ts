/** Writes a run as a file of a kind and hands it to the browser's downloads: the dialog's buttons and the palette. */
import type { ExportKind } from '../../lab/protocol-runs'
import type { RunRecord } from '../../records/run-record'
import { writeFile } from '../../state/portable'
import { saveFile } from '../common/saveFile'

/** Kinds that a single run is written as, in the order of the dialog. */
export const OF_BORDER = ['safetensors', 'pth.tar', 'signed.png', 'as-is.png', 'linear.png'] as const
export const OF_FIGURES = [
  'report.md',
  'curves.svg',
  'accuracy.svg',
  'confusion.svg',
  'curve.csv',
  'metrics.json',
  'arrangement.json',
] as const
export type RunExport = 'project' | (typeof OF_BORDER)[number] | (typeof OF_FIGURES)[number]
export const RUN_EXPORTS: readonly RunExport[] = ['project', ...OF_BORDER, ...OF_FIGURES]

const TYPES: Readonly<Partial<Record<ExportKind, string>>> = {
  'signed.png': 'image/png',
  'as-is.png': 'image/png',
  'linear.png': 'image/png',
  'curve.csv': 'text/csv',
  'metrics.json': 'application/json',
  'arrangement.json': 'application/json',
  'report.md': 'text/markdown',
  'curves.svg': 'image/svg+xml',
  'accuracy.svg': 'image/svg+xml',
  'confusion.svg': 'image/svg+xml',
  'runs.csv': 'text/csv',
  project: 'application/zip',
}

/** Whether a run has come far enough for a file. */
export function isThere(kind: RunExport, { best, outcome }: RunRecord): boolean {
  if (kind === 'accuracy.svg' || kind === 'confusion.svg') return outcome !== null
  return best !== null || kind === 'project' || kind === 'arrangement.json'
}

/** Resolves false where it could not be written; why stands in the store. */
export async function saveExport(
  records: readonly RunRecord[],
  kind: ExportKind,
  { withImages = false } = {},
): Promise<boolean> {
  const file = await writeFile(records, kind, { withImages })
  if (file) saveFile(file.name, TYPES[kind] ?? 'application/octet-stream', file.bytes as Uint8Array<ArrayBuffer>)
  return file !== null
}
