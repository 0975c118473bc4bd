/** The way from view to view, and beside it what a run is doing while another view is open. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { hrefOf, openView, routeStore } from '../../state/route'
import { runStore } from '../../state/run'
import { studyStore } from '../../state/study-store'
import { views } from '../shell/views'
import css from './Views.module.css'

export function Views() {
  const open = useStore(routeStore, (s) => s.view)
  return (
    <nav className={css.nav} aria-label={t('app.views')}>
      <ul className={css.views} data-tour="views">
        {views.map(({ id }) => (
          <li key={id}>
            <a
              href={hrefOf(id)}
              className={css.view}
              aria-current={id === open ? 'page' : undefined}
              data-testid={`view-${id}`}
              onClick={(event) => {
                // A new tab or window is the browser's business.
                if (event.ctrlKey || event.metaKey || event.shiftKey) return
                event.preventDefault()
                openView(id)
              }}
            >
              {t(`view.${id}`)}
            </a>
          </li>
        ))}
      </ul>
      {open !== 'learn' && <Elsewhere />}
      {open !== 'study' && <Studying />}
    </nav>
  )
}

/** React need not follow every step: tens are enough for a line of words. */
function Elsewhere() {
  const status = useStore(runStore, (s) => s.status)
  const step = useStore(runStore, (s) => (s.status === 'learning' ? s.step - (s.step % 10) : s.step))
  const total = useStore(runStore, (s) => s.totalSteps)
  if (status !== 'learning' && status !== 'paused') return null
  return <p className={css.elsewhere}>{t(`shell.${status}`, { step, total })}</p>
}

function Studying() {
  const done = useStore(studyStore, (s) => s.work?.done ?? null)
  const total = useStore(studyStore, (s) => s.work?.total ?? 0)
  if (done === null) return null
  return <p className={css.elsewhere}>{t('shell.studying', { cell: Math.min(total, done + 1), total })}</p>
}
