/** What the colours of the border's display mean, with units. */
import { useSyncExternalStore } from 'react'
import { t } from '../../i18n/t'
import { shownPrompt } from '../../state/livePrompt'
import type { BorderDisplay } from '../../state/view'
import { displayScale } from './displays'
import { cssGradient, type Palettes } from './palette'
import { FLOOR_DB } from './spectrum'
import css from './stage.module.css'

interface LegendProps {
  readonly display: BorderDisplay
  readonly side: number
  readonly palettes: Palettes
}

export function Legend({ display, side, palettes }: LegendProps) {
  const scale = useSyncExternalStore(shownPrompt.subscribe, () => {
    const pixels = shownPrompt.get()?.pixels
    if (display === 'asIs' || display === 'spectrum' || pixels?.length !== 3 * side * side) return null
    return displayScale(display, pixels, side)
  })
  const note = <p className={css.note}>{t(`border.legend.${display}`)}</p>
  if (display === 'asIs') return note
  const amount = display === 'magnitude' || display === 'spectrum'
  return (
    <div className={css.legend} data-testid="legend">
      <div
        className={css.ramp}
        style={{ background: cssGradient(amount ? palettes.sequential : palettes.diverging) }}
        aria-hidden="true"
      />
      <div className={css.ticks}>
        {ticks(display, scale).map((tick, i) => (
          <span key={i}>{tick}</span>
        ))}
      </div>
      {note}
    </div>
  )
}

function ticks(display: BorderDisplay, scale: number | null): readonly string[] {
  if (display === 'spectrum') return [`\u2212${-FLOOR_DB}\u202fdB`, `\u2212${-FLOOR_DB / 2}\u202fdB`, '0\u202fdB']
  const end = scale === null ? '' : String(scale)
  if (display === 'magnitude') return ['0', end]
  return [end && `\u2212${end}`, '0', end && `+${end}`]
}
