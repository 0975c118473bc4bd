/** One picture, large: bare to the left of a line that can be drawn across it, with the border to its right. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { PictureInfo } from '../../lab/protocol'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { viewStore } from '../../state/view'
import { Frame } from '../common/Frame'
import { PictureCanvas } from './PictureCanvas'
import { Probabilities } from './Probabilities'
import css from './stage.module.css'
import { Wipe } from './Wipe'

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
  return (
    <Wipe
      before={
        <PictureCanvas
          picture={picture}
          bordered={false}
          testId="picture-before"
          alt={t('picture.alt', { path: picture.path })}
        />
      }
      after={<PictureCanvas picture={picture} bordered testId="picture-after" />}
    />
  )
}
