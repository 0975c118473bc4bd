/** Albums that this browser keeps: opened again without their files, or forgotten. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { bytes, count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { openKept } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { ForgetAlbum } from './ForgetAlbum'
import css from './Images.module.css'

export function KeptAlbums() {
  const kept = useStore(imagesStore, (s) => s.kept)
  // What is opened while the page opens would be followed by the sample that it opens with.
  const opening = useStore(sessionStore, (s) => s.phase !== 'ready')
  const locked = useStore(runStore, (s) => isActive(s.status)) || opening
  if (!kept) return null
  return (
    <section aria-labelledby="kept-heading" data-testid="kept-albums">
      <h3 id="kept-heading" className={css.subheading}>
        {t('kept.heading')}{' '}
        <span className={css.note}>{kept.freeBytes !== null && t('kept.free', { bytes: bytes(kept.freeBytes) })}</span>
      </h3>
      <p className={css.about}>{t(kept.lasting ? 'kept.about' : 'kept.notLasting')}</p>
      {kept.albums.length === 0 && <p className={css.note}>{t('kept.none')}</p>}
      <ul className={css.kept}>
        {kept.albums.map((album) => {
          const size = bytes(album.bytes)
          return (
            <li key={album.id} data-testid="kept-album">
              <span>
                <b>{album.name}</b>{' '}
                <span className={css.soft}>
                  {t('kept.album', { images: count(album.images), classes: count(album.classes), bytes: size })}
                </span>
              </span>
              {kept.open === album.id ? (
                <span className={css.tag}>{t('kept.opened')}</span>
              ) : (
                <Button
                  className={css.small}
                  isDisabled={locked}
                  onPress={() => void openKept(album.id, album.name)}
                  aria-label={t('kept.open.title', { name: album.name })}
                  data-testid="kept-open"
                >
                  {t('kept.open')}
                </Button>
              )}
              <ForgetAlbum album={album} disabled={kept.open === album.id} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
