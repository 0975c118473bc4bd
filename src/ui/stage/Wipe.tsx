/** Two pictures in one frame, bare to the left of a line that can be drawn across it, with the border to its right. */
import { useEffect, useRef, type ReactNode } from 'react'
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components'
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { setWipe, viewStore } from '../../state/view'
import css from './stage.module.css'

export function Wipe({ before, after }: { readonly before: ReactNode; readonly after: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  // The line follows the pointer without a React render: only a custom property changes.
  useEffect(() => {
    const set = () => box.current?.style.setProperty('--wipe', String(viewStore.getState().wipe))
    set()
    return viewStore.subscribe(set)
  }, [])
  return (
    <div ref={box} className={css.wiped}>
      {before}
      <div className={css.after}>{after}</div>
      <WipeSlider />
    </div>
  )
}

function WipeSlider() {
  const wipe = useStore(viewStore, (s) => s.wipe)
  return (
    <Slider
      className={css.wipe}
      aria-label={t('picture.wipe')}
      minValue={0}
      maxValue={1}
      step={0.01}
      value={wipe}
      onChange={setWipe}
      formatOptions={{ style: 'percent' }}
    >
      <SliderTrack className={css.wipeTrack}>
        <SliderThumb className={css.wipeThumb} data-testid="wipe" aria-valuetext={percent(wipe, 0)} />
      </SliderTrack>
      <span className={css.wipeBefore} data-faint={wipe < 0.24 || undefined} aria-hidden="true">
        {t('picture.before')}
      </span>
      <span className={css.wipeAfter} data-faint={wipe > 0.68 || undefined} aria-hidden="true">
        {t('picture.after')}
      </span>
    </Slider>
  )
}
