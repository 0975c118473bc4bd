/** Beside the controls: dropping a run and bringing it back, and being told when it ends. */
import { Button, ToggleButton } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { canNotify, noticeStore, toggleNotice } from '../../state/notice'
import { perform } from '../../state/actions'
import { canReset, isActive, runStore } from '../../state/run'
import css from './run.module.css'

export function After() {
  return (
    <div className={css.after}>
      <Reset />
      {canNotify() && <Notice />}
    </div>
  )
}

function Reset() {
  const status = useStore(runStore, (s) => s.status)
  const busy = useStore(runStore, (s) => s.busy)
  const undo = useStore(runStore, (s) => s.canUndoReset)
  if (undo && status === 'idle') {
    return (
      <Button className={css.quiet} onPress={() => perform('run.undoReset')} data-testid="undo-reset">
        {t('run.undoReset')}
      </Button>
    )
  }
  if (!canReset(status)) return null
  return (
    <Button className={css.quiet} isDisabled={busy} onPress={() => perform('run.reset')} data-testid="reset-run">
      {t('run.reset')}
    </Button>
  )
}

/** Only while there is something to wait for. */
function Notice() {
  const active = useStore(runStore, (s) => isActive(s.status))
  const wish = useStore(noticeStore, (s) => s.wish)
  if (!active) return null
  if (wish === 'denied') return <span className={css.note}>{t('notice.denied')}</span>
  return (
    <ToggleButton
      className={css.quiet}
      isSelected={wish === 'on'}
      onChange={() => void toggleNotice()}
      data-testid="notice"
    >
      {t('notice.label')}
    </ToggleButton>
  )
}
