/** What a study came to: the table, the plot, what the numbers depend on, and all of it as files. */
import { useEffect, useMemo, useReducer, useState } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count, shortSha } from '../../i18n/format'
import { engineTitle } from '../../i18n/names'
import { sampleText, t } from '../../i18n/t'
import type { StudyAbout, StudyFile, StudyReport } from '../../lab/protocol-study'
import { sessionStore } from '../../state/session'
import { chosenMethods, SEED_COUNTS, writeStudy } from '../../state/study'
import { studyStore } from '../../state/study-store'
import { studyRows, type StudyOrder } from '../../state/study-table'
import { taskStore } from '../../state/task'
import { followTestSplit, testIsClosed } from '../../state/test-split'
import { saveFile } from '../common/saveFile'
import { FactLines } from '../result/FactLines'
import { StudyPlot } from './StudyPlot'
import { StudyTable } from './StudyTable'
import css from './Study.module.css'

const NONE: StudyReport['methods'] = []

export function StudyResults() {
  const { report, refused, chosen } = useStore(studyStore)
  const fingerprint = useStore(taskStore, (s) => s.info?.fingerprint ?? '')
  const model = useStore(sessionStore, (s) => s.model)
  const [order, setOrder] = useState<StudyOrder>({ column: 'accuracy', descending: true })
  // Whether test numbers may be shown changes with a run on the same pictures.
  const [, again] = useReducer((n: number) => n + 1, 0)
  useEffect(() => followTestSplit(again), [])
  const closed = testIsClosed(fingerprint)
  const methods = report?.methods ?? NONE
  const rows = useMemo(
    () => studyRows(chosenMethods(), methods, refused, { order, closed }),
    // oxlint-disable-next-line react/exhaustive-deps
    [chosen, model, methods, refused, order, closed],
  )
  return (
    <>
      {closed && <p className={css.note}>{t('study.closed')}</p>}
      <StudyTable rows={rows} closed={closed} order={order} onOrder={setOrder} />
      {report?.about && (
        <>
          <p className={css.note}>{t('study.howToRead')}</p>
          <StudyPlot rows={rows} closed={closed} />
          <Facts about={report.about} />
          <Files closed={closed} />
        </>
      )}
    </>
  )
}

function Facts({ about }: { readonly about: StudyAbout }) {
  const { engine, from, model, task, to } = about
  const info = useStore(taskStore, (s) => s.info)
  const running = useStore(sessionStore, (s) => s.capability?.description ?? engine)
  const title = useStore(sessionStore, (s) => s.model?.title ?? model.name)
  const seeds = useStore(studyStore, (s) => s.seeds)
  const { images, splitSeed, template } = task
  const days = [...new Set([from, to].map((date) => date.slice(0, 10)))].join(' – ')
  const lines: readonly (readonly [string, string])[] = [
    [t('result.provenance.model'), `${title} · sha256 ${shortSha(model.sha256)}`],
    [
      t('result.provenance.task'),
      `${info ? sampleText(info.id, 'title', info.title) : task.title} · ${shortSha(task.fingerprint)}`,
    ],
    template === null
      ? [t('result.provenance.mapping'), t('study.firstOutputs', { count: count(task.classes) })]
      : [t('result.provenance.template'), template],
    [
      t('result.provenance.images'),
      t('result.provenance.images.value', {
        train: count(images.train),
        val: count(images.val),
        test: count(images.test),
      }),
    ],
    [t('study.split'), splitSeed === null ? t('study.split.given') : t('study.split.seed', { seed: splitSeed })],
    [t('study.seeds'), SEED_LISTS[seeds] ?? String(seeds)],
    [t('runs.provenance.engine'), engineTitle(running)],
    [t('study.measured'), days],
  ]
  return <FactLines lines={lines} testId="study-facts" />
}

const SEED_LISTS: Readonly<Record<number, string>> = Object.fromEntries(
  SEED_COUNTS.map((n) => [n, Array.from({ length: n }, (_, i) => i + 1).join(', ')]),
)

const TYPES: Readonly<Record<StudyFile, string>> = {
  'study.md': 'text/markdown',
  'trials.jsonl': 'application/jsonl',
}

function Files({ closed }: { readonly closed: boolean }) {
  const save = async (kind: StudyFile) => {
    const file = await writeStudy(kind)
    if (file) saveFile(file.name, TYPES[kind], file.bytes as Uint8Array<ArrayBuffer>)
  }
  return (
    <p className={css.files}>
      {(['study.md', 'trials.jsonl'] as const).map((kind) => (
        <Button
          key={kind}
          className={css.quiet}
          isDisabled={closed}
          onPress={() => void save(kind)}
          data-testid={`study-${kind}`}
        >
          {t(`study.file.${kind}`)}
        </Button>
      ))}
    </p>
  )
}
