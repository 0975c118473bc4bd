/** Start and stop of a study, how many seeds, how far it is, and how long what is missing takes. */
import { Button, ProgressBar } from 'react-aria-components'
import { useStore } from 'zustand'
import { count, duration, percent } from '../../i18n/format'
import { say } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { StudyReport, Studying } from '../../lab/protocol-study'
import { runStore } from '../../state/run'
import { chooseSeeds, chosenMethods, runIsAtWork, SEED_COUNTS, startStudy, stopStudy } from '../../state/study'
import { studyStore } from '../../state/study-store'
import { Choice } from '../common/Choice'
import { gently } from '../common/gently'
import run from '../run/run.module.css'
import { STUDY_TABLE } from './StudyTable'
import css from './Study.module.css'

const COUNTS = SEED_COUNTS.map(String)

export function StudyRail() {
  const { status, seeds, report, work } = useStore(studyStore)
  const running = useStore(runStore, (s) => runIsAtWork(s.status))
  const rest = status === 'rest'
  const share = work ? (work.done + shareOf(work)) / Math.max(1, work.total) : 0
  return (
    <section className={run.rail} aria-label={t('study.rail')} data-testid="study-rail" data-status={status}>
      <div className={css.controls}>
        {rest ? (
          <Button
            className={run.main!}
            isDisabled={running || !report || report.missing === 0}
            onPress={() => void startStudy()}
            data-testid="study-start"
          >
            {t(report && report.missing > 0 && report.missing < report.cells ? 'study.goOn' : 'study.start')}
          </Button>
        ) : (
          <Button
            className={run.main!}
            isDisabled={status !== 'measuring'}
            onPress={() => void stopStudy()}
            data-testid="study-stop"
          >
            {t('study.stop')}
          </Button>
        )}
      </div>
      <div className={css.seeds}>
        <span id="study-seeds">{t('study.seeds')}</span>
        <Choice
          className={css.seedChoice}
          aria-labelledby="study-seeds"
          isDisabled={!rest}
          of={COUNTS}
          chosen={String(seeds)}
          onChoose={(one) => chooseSeeds(Number(one))}
          titleOf={(one) => one}
          testId="study-seeds"
        />
      </div>
      <div className={run.progress}>
        {!rest && (
          <ProgressBar
            className={run.line!}
            aria-label={t('study.progress')}
            value={100 * share}
            valueLabel={work ? t('study.cells', { done: work.done, total: work.total }) : ''}
            data-testid="study-progress"
          >
            <span style={{ transform: `scaleX(${share})` }} />
          </ProgressBar>
        )}
        <p className={run.state} data-testid="study-state">
          {rest ? restSentence(report, running) : status === 'stopping' ? t('study.stopping') : workSentence(work)}
        </p>
        <p className={run.figures}>
          {work && !rest && <Figures work={work} />}
          <Button className={css.toTable!} onPress={showTable} data-testid="study-to-table">
            {t('study.toTable')} ↓
          </Button>
        </p>
      </div>
    </section>
  )
}

function Figures({ work }: { readonly work: Studying }) {
  return (
    <>
      <span>{t('study.cells', { done: count(work.done), total: count(work.total) })}</span>
      {work.validation && (
        <span data-testid="study-validation">{t('study.validation', { accuracy: percent(work.validation.top1) })}</span>
      )}
      {work.etaSeconds !== null && <span>{t('run.eta', { eta: duration(work.etaSeconds) })}</span>}
    </>
  )
}

function showTable(): void {
  const table = document.getElementById(STUDY_TABLE)
  table?.scrollIntoView({ block: 'start', behavior: gently() })
  table?.focus({ preventScroll: true })
}

/** Of the cell under way: pictures are read before it learns and answered after, which is not foretold. */
const shareOf = ({ doing }: Studying): number =>
  doing.what === 'learning' ? doing.done / doing.total : doing.what === 'answering' ? 1 : 0

function workSentence(work: Studying | null): string {
  if (!work) return t('study.starting')
  if (work.recovering) return t('study.recovering', { message: say(work.recovering) })
  const { doing, label, seed } = work
  const offered = chosenMethods().find(({ contender }) => contender.label === label)
  const method = offered ? t(`study.method.${offered.id}`) : label
  const values = { method, seed, done: count(doing.done), total: count(doing.total) }
  return t(`study.doing.${doing.what}`, values)
}

/** What pressing Start would bring. */
function restSentence(report: StudyReport | null, running: boolean): string {
  if (running) return t('study.runs')
  if (!report) return t('study.reading')
  if (report.missing === 0) return t('study.complete')
  const { seconds, unknown } = report.estimate
  const cells = t('study.missing', { missing: count(report.missing), cells: count(report.cells) })
  if (seconds === 0) return cells
  const time = duration(seconds)
  return `${cells} ${unknown === 0 ? t('study.takes', { time }) : t('study.takesMore', { time, unknown: count(unknown) })}`
}
