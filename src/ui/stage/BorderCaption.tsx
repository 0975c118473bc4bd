/** Under the border: what its colours mean, and the switch between the two displays. */
import { useSyncExternalStore } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { livePrompt } from '../../state/livePrompt'
import { setDisplay, viewStore, type BorderDisplay } from '../../state/view'
import { signedScale } from './overlay'
import { cssGradient, type Stop } from './palette'
import css from './stage.module.css'
import { Strength } from './Strength'

const DISPLAYS: readonly BorderDisplay[] = ['signed', 'asIs']

export function BorderCaption({ side, palette }: { readonly side: number; readonly palette: readonly Stop[] }) {
  const display = useStore(viewStore, (s) => s.display)
  return (
    <>
      <div className={css.captionRow}>
        <h2 className={css.title}>{t('border.title')}</h2>
        <ToggleButtonGroup
          aria-label={t('border.display')}
          className={css.switch}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[display]}
          onSelectionChange={(keys) => {
            for (const key of keys) setDisplay(key as BorderDisplay)
          }}
        >
          {DISPLAYS.map((name) => (
            <ToggleButton key={name} id={name} className={css.switchItem} data-testid={`display-${name}`}>
              {t(`border.${name}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </div>
      {display === 'signed' ? (
        <Legend side={side} palette={palette} />
      ) : (
        <p className={css.note}>{t('border.legend.asIs')}</p>
      )}
      <Strength />
    </>
  )
}

function Legend({ side, palette }: { readonly side: number; readonly palette: readonly Stop[] }) {
  const scale = useSyncExternalStore(livePrompt.subscribe, () => {
    const pixels = livePrompt.get()?.pixels
    return pixels?.length === 3 * side * side ? signedScale(pixels, side) : null
  })
  const end = scale === null ? '' : String(scale)
  return (
    <div className={css.legend} data-testid="legend">
      <div className={css.ramp} style={{ background: cssGradient(palette) }} aria-hidden="true" />
      <div className={css.ticks}>
        <span>{end && `\u2212${end}`}</span>
        <span>0</span>
        <span>{end && `+${end}`}</span>
      </div>
      <p className={css.note}>{t('border.legend')}</p>
    </div>
  )
}
