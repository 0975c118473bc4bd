/** One picture, large: bare to the left of a line that can be drawn across it, with the border to its right. */
import { useEffect, useRef } from 'react'
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components'
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { PictureInfo } from '../../lab/protocol'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { setWipe, viewStore } from '../../state/view'
import { Frame } from '../common/Frame'
import { PictureCanvas } from './PictureCanvas'
import { Probabilities } from './Probabilities'
import css from './stage.module.css'

export function Easel() {
  const picture = useStore(taskStore, (s) => s.pictures)[useStore(viewStore, (s) => s.selected)]
  const name = useStore(taskStore, (s) => (picture ? s.info?.classes[picture.label]?.name : undefined))
  const model = useStore(sessionStore, (s) => s.model)
  return (
    <figure className={css.plate}>
      <Frame>
        <div className={css.picture}>
          {picture && model ? (
            <Wiped picture={picture} />
          ) : (
            <div className={css.inside} style={{ inset: 0 }}>
              <p className={css.insideQuiet}>{t('picture.none')}</p>
            </div>
          )}
        </div>
      </Frame>
      <figcaption>
        <div className={css.captionRow}>
          <h2 className={css.title}>{t(`picture.title.${picture?.split ?? 'val'}`)}</h2>
          {picture && <p className={css.note}>{t('picture.truth', { name: name ?? '' })}</p>}
        </div>
        {picture && <Probabilities picture={picture} />}
      </figcaption>
    </figure>
  )
}

function Wiped({ picture }: { readonly picture: PictureInfo }) {
  const box = useRef<HTMLDivElement>(null)
  // The line follows the pointer without a React render: only a custom property changes.
  useEffect(() => {
    const set = () => box.current?.style.setProperty('--wipe', String(viewStore.getState().wipe))
    set()
    return viewStore.subscribe(set)
  }, [])
  return (
    <div ref={box} className={css.wiped}>
      <PictureCanvas
        picture={picture}
        bordered={false}
        testId="picture-before"
        alt={t('picture.alt', { path: picture.path })}
      />
      <div className={css.after}>
        <PictureCanvas picture={picture} bordered testId="picture-after" />
      </div>
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
