/** What is taken along of a comparison: a report, written in the lab, and figures as vector drawings, by files fetched then. */
import { confusion } from '../evaluation/accuracy'
import { t } from '../i18n/t'
import type { RunRecord } from '../records/run-record'
import { runName } from './comparison-sides'
import { lab } from './connection'
import { drawnRun } from './kept-runs'
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
  const svg = (name: string, text: string): WrittenFile => ({ name: `${name}.svg`, type: 'image/svg+xml', text })
  switch (paper) {
    case 'report':
      return [await report(records)]
    case 'accuracies': {
      const { barsFigure } = await import('../formats/figure/bars')
      return [svg('accuracies', barsFigure(records.map((record) => ({ name: runName(record), record }))))]
    }
    case 'curves': {
      const { curvesFigure } = await import('../formats/figure/curves')
      const drawn = await Promise.all(records.map(drawnRun))
      const runs = records.flatMap((record, i) => {
        const curves = drawn[i]?.curves
        return curves ? [{ name: runName(record), record, curves }] : []
      })
      return [svg('curves', curvesFigure(runs))]
    }
    case 'confusion': {
      const { confusionFigure } = await import('../formats/figure/confusion')
      return Promise.all(
        records.map(async (record) => {
          const { predictions } = await lab().call('predictions', { id: record.id, split: 'test' })
          const { labels, prompted } = predictions!
          const counts = confusion(prompted.top1, labels, record.task.classes.length)
          const answers = 'with the border'
          const name = `confusion-${runName(record)}`.replace(/[^\p{L}\p{N}]+/gu, '-')
          return svg(name, confusionFigure({ record, counts, answers, split: 'test' }))
        }),
      )
    }
  }
}

async function report(records: readonly RunRecord[]): Promise<WrittenFile> {
  const kind = records.length === 1 ? 'report.md' : 'comparison.md'
  const ids = records.map(({ id }) => id)
  const { name, bytes } = await lab().call('exportFile', { ids, kind, withImages: false })
  return { name, type: 'text/markdown', text: new TextDecoder().decode(bytes) }
}
