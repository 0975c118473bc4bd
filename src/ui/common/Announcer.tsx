/** The one polite live region of the page. */
import { useStore } from 'zustand'
import { announceStore } from '../../state/announce'
import css from './hidden.module.css'

export function Announcer() {
  const { text, serial } = useStore(announceStore)
  return (
    <div aria-live="polite" aria-atomic="true" className={css.hidden} data-testid="announcer">
      {/* The no-break space makes a repeated sentence a change, so that it is spoken again. */}
      {text + (serial % 2 ? '\u00a0' : '')}
    </div>
  )
}
