/** Test pictures whose answer the border changed, for better or worse; a click puts one on the easel. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { galleryStore, showMore, type Side } from '../../state/gallery'
import { hangPicture, taskStore } from '../../state/task'
import type { PictureInfo } from '../../lab/protocol'
import { Frame } from '../common/Frame'
import { PictureCanvas } from '../stage/PictureCanvas'
import css from './Result.module.css'

interface GalleryProps {
  readonly side: Side
  readonly indices: readonly number[]
}

export function Gallery({ side, indices }: GalleryProps) {
  const pictures = useStore(galleryStore, (s) => s[side])
  const more = indices.length - pictures.length
  return (
    <div className={css.gallery} data-testid={side} data-count={indices.length}>
      <h3 className={css.galleryTitle}>
        {t(`gallery.${side}`)} <span>{count(indices.length)}</span>
      </h3>
      {indices.length === 0 && <p className={css.small}>{t(`gallery.${side}.none`)}</p>}
      <ul>
        {pictures.map((picture) => (
          <li key={picture.index}>
            <GalleryPicture picture={picture} />
          </li>
        ))}
      </ul>
      {pictures.length > 0 && more > 0 && (
        <Button className={css.more} onPress={() => void showMore(side)}>
          {t('gallery.more', { count: count(more) })}
        </Button>
      )}
    </div>
  )
}

function GalleryPicture({ picture }: { readonly picture: PictureInfo }) {
  const name = useStore(taskStore, (s) => s.info?.classes[picture.label]?.name ?? '')
  return (
    <Button
      className={css.galleryPicture}
      aria-label={t('gallery.picture', { name, path: picture.path })}
      onPress={() => {
        hangPicture(picture)
        document.getElementById('stage')?.scrollIntoView({ block: 'nearest' })
      }}
    >
      <Frame size="small">
        <PictureCanvas picture={picture} bordered={false} />
      </Frame>
      <span aria-hidden="true">{name}</span>
    </Button>
  )
}
