/** How far the run is: a line across the rail, the step, the pace, the time left. */
import { Button, ProgressBar } from 'react-aria-components'
import { useStore } from 'zustand'
import { count, duration, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { RunResult } from '../../lab/protocol'
import { runStore, type RunState } from '../../state/run'
import { sessionStore, type SessionState } from '../../state/session'
import { isStudying, studyStore } from '../../state/study-store'
import { taskStore } from '../../state/task'
import { gently } from '../common/gently'
import { Term } from '../visuals/Term'
import css from './run.module.css'

export function Progress() {
  const run = useStore(runStore)
  const phase = useStore(sessionStore, (s) => s.phase)
  const hasTask = useStore(taskStore, (s) => s.info !== null)
  const loading = useStore(taskStore, (s) => s.loading)
  const studying = useStore(studyStore, isStudying)
  const { status, step, totalSteps, imagesPerSecond, etaSeconds } = run
  return (
    <div className={css.progress}>
      <ProgressBar
        className={css.line}
        aria-label={t('run.progress')}
        value={step}
        maxValue={Math.max(1, totalSteps)}
        valueLabel={t('run.steps', { step, total: totalSteps })}
        data-testid="progress"
      >
        {({ percentage }) => <span style={{ transform: `scaleX(${(percentage ?? 0) / 100})` }} />}
      </ProgressBar>
      <p className={css.state} data-testid="run-state">
        {studying ? t('study.beside') : stateSentence(run, phase, hasTask, loading)}
      </p>
      <p className={css.figures}>
        {totalSteps > 0 && (
          <span data-testid="step-count">{t('run.steps', { step: count(step), total: count(totalSteps) })}</span>
        )}
        {imagesPerSecond !== null && status === 'learning' && (
          <Term of="glossary.speed">{t('run.rate', { rate: count(Math.round(imagesPerSecond)) })}</Term>
        )}
        {status === 'finished' && run.result && <Outcome result={run.result} />}
        {etaSeconds !== null && status === 'learning' && (
          <Term of="glossary.timeLeft">{t('run.eta', { eta: duration(etaSeconds) })}</Term>
        )}
      </p>
    </div>
  )
}

/** The end in two numbers, and the way to what they mean. */
function Outcome({ result }: { readonly result: RunResult }) {
  const [before, after] = [percent(result.zeroShot.top1), percent(result.prompted.top1)]
  return (
    <Button
      className={css.quiet}
      aria-label={`${t('result.toResult')}: ${t('result.short', { before, after })}`}
      onPress={() => {
        const heading = document.getElementById('result-heading')
        heading?.scrollIntoView({ block: 'start', behavior: gently() })
        heading?.focus({ preventScroll: true })
      }}
      data-testid="to-result"
    >
      {t('result.short', { before, after })} ↓
    </Button>
  )
}

function stateSentence(
  { status, preparation, recovery, result }: RunState,
  phase: SessionState['phase'],
  hasTask: boolean,
  loading: boolean,
): string {
  if (recovery) return recovery
  if (preparation && status !== 'paused') {
    const share = preparation.total > 1 ? `, ${count(preparation.done)} / ${count(preparation.total)}` : ''
    return t(`run.preparing.${preparation.stage}`) + share
  }
  if (status === 'idle' && phase === 'failed') return t('run.state.closed')
  if (status === 'idle' && phase !== 'ready') return t('run.state.opening')
  if (status === 'idle' && loading) return t('task.loading')
  if (status === 'idle' && !hasTask) return t('run.state.noTask')
  if (status === 'finished' && result?.stoppedEarly) return t('run.state.stopped')
  return t(`run.state.${status}`)
}
