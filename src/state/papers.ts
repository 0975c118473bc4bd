/** What is taken along of a comparison: a report, and figures as vector drawings. The lab writes them when they are asked for. */
import { t } from '../i18n/t'
import type { ExportKind } from '../lab/protocol-runs'
import type { RunRecord } from '../records/run-record'
import { lab } from './connection'
import { testIsClosed } from './test-split'

export const PAPERS = ['report', 'accuracies', 'curves', 'confusion'] as const
export type Paper = (typeof PAPERS)[number]

export interface WrittenFile {
  readonly name: string
  readonly type: string
  readonly text: string
}

/** Why it cannot be written now; null where it can. Only curves say nothing of test. */
export function whyNotWritten(paper: Paper, records: readonly RunRecord[]): string | null {
  if (paper === 'curves') return records.some(({ best }) => best) ? null : t('papers.unlearned')
  if (records.some(({ task }) => testIsClosed(task.fingerprint))) return t('compare.closed')
  return records.every(({ outcome }) => outcome) ? null : t('papers.unmeasured')
}

/** One file, and for confusion matrices one a run. @throws what the lab refuses */
export async function write(paper: Paper, records: readonly RunRecord[]): Promise<readonly WrittenFile[]> {
  switch (paper) {
    case 'report':
      return [await written(records.length === 1 ? 'report.md' : 'comparison.md', 'text/markdown', records)]
    case 'accuracies':
      return [await written('accuracy.svg', SVG, records)]
    case 'curves':
      return [await written('curves.svg', SVG, records)]
    case 'confusion':
      return Promise.all(records.map((record) => written('confusion.svg', SVG, [record])))
  }
}

const SVG = 'image/svg+xml'

async function written(kind: ExportKind, type: string, records: readonly RunRecord[]): Promise<WrittenFile> {
  const ids = records.map(({ id }) => id)
  const { name, bytes } = await lab().call('exportFile', { ids, kind, withImages: false })
  return { name, type, text: new TextDecoder().decode(bytes) }
}
