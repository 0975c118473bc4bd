/** Start, pause, resume, step, stop: one main button that is always the next sensible thing, and two beside it. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { perform } from '../../state/actions'
import { modelsStore } from '../../state/models'
import { isActive, runStore, type RunStatus } from '../../state/run'
import { isStudying, studyStore } from '../../state/study-store'
import { taskStore } from '../../state/task'
import { gently } from '../common/gently'
import css from './run.module.css'

function mainLabel(status: RunStatus): string {
  if (status === 'learning') return t('run.pause')
  if (status === 'paused') return t('run.resume')
  return t(status === 'finished' || status === 'failed' ? 'run.startAgain' : 'run.start')
}

/** Where the wall hangs below what is chosen, a run that begins is brought into sight. */
function showWall(): void {
  if (!window.matchMedia('(max-width: 1100px)').matches) return
  document.getElementById('stage')?.scrollIntoView({ block: 'start', behavior: gently() })
}

export function Controls() {
  const status = useStore(runStore, (s) => s.status)
  const busy = useStore(runStore, (s) => s.busy)
  const reading = useStore(modelsStore, (s) => s.loading !== null)
  const ready = useStore(taskStore, (s) => s.info !== null && !s.loading) && !reading
  const studying = useStore(studyStore, isStudying)
  const waiting = studying || status === 'starting' || status === 'testing' || status === 'recovering'
  return (
    <div className={css.controls}>
      <Button
        className={css.main}
        isDisabled={!ready || waiting}
        onPress={() => {
          if (!isActive(status)) showWall()
          perform('run.toggle')
        }}
        aria-keyshortcuts="Space"
        data-testid="main-button"
      >
        {mainLabel(status)} <kbd aria-hidden="true">{t('run.space')}</kbd>
      </Button>
      <Button
        className={css.other}
        isDisabled={!ready || busy || waiting || status === 'learning'}
        onPress={() => perform('run.step')}
        aria-keyshortcuts="S"
        data-testid="step-button"
      >
        {t('run.step')} <kbd aria-hidden="true">S</kbd>
      </Button>
      <Button
        className={css.other}
        isDisabled={!isActive(status) || waiting}
        onPress={() => perform('run.stop')}
        aria-keyshortcuts="X"
        data-testid="stop-button"
      >
        {t('run.stop')} <kbd aria-hidden="true">X</kbd>
      </Button>
    </div>
  )
}
