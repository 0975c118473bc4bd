/** The rail under the wall: controls, progress, and what went wrong. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { dismissRunTrouble, runStore } from '../../state/run'
import { openAgain } from '../../state/opening'
import { goOnWithWasm } from '../../state/other-engine'
import { openRunStore } from '../../state/runs'
import { sessionStore } from '../../state/session'
import { Alert } from '../common/Alert'
import { After } from './After'
import { Controls } from './Controls'
import { Progress } from './Progress'
import css from './run.module.css'

export function Rail() {
  const status = useStore(runStore, (s) => s.status)
  return (
    <section className={css.rail} aria-label={t('run.label')} data-testid="run" data-status={status}>
      <Controls />
      <After />
      <Progress />
    </section>
  )
}

export function Troubles() {
  const session = useStore(sessionStore, (s) => s.trouble)
  const lost = useStore(sessionStore, (s) => s.lost)
  const run = useStore(runStore, (s) => s.trouble)
  const lastGoodStep = useStore(runStore, (s) => s.lastGoodStep)
  const busy = useStore(runStore, (s) => s.busy)
  const failedBy = useStore(runStore, (s) => s.failedBy)
  const engine = useStore(sessionStore, (s) => s.capability?.engine)
  const kept = useStore(openRunStore, (s) => s.record !== null)
  const byDevice = failedBy !== null && engine === 'webgpu' && kept
  if (!session && !run) return null
  return (
    <div className={css.troubles}>
      {session && <Alert trouble={session} onAgain={lost ? undefined : () => void openAgain()} />}
      {run && (
        <Alert
          trouble={run}
          kept={lastGoodStep === null ? null : t('run.lastGood', { step: lastGoodStep })}
          onDismiss={dismissRunTrouble}
          offer={byDevice ? { label: t('run.onWasm'), onPress: () => void goOnWithWasm(), isBusy: busy } : undefined}
        />
      )}
    </div>
  )
}
