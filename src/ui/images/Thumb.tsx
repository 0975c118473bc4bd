/** One small picture: asked for when it is drawn, no longer when it is taken away. */
import { useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import { wantThumbnail } from '../../state/thumbnails'
import css from './Images.module.css'

export function Thumb({ image }: { readonly image: number }) {
  const album = useStore(imagesStore, (s) => s.album)
  // A run closes the test split, and its end opens it.
  const learning = useStore(runStore, (s) => isActive(s.status))
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const target = canvas.current
    if (!target || !album) return
    return wantThumbnail(image, ({ rgba }) => {
      if (rgba === null) {
        target.title = t('grid.closed')
        target.width = 1
        delete target.dataset.drawn
        return
      }
      target.removeAttribute('title')
      const side = Math.sqrt(rgba.length / 4)
      target.width = side
      target.height = side
      target
        .getContext('2d')
        ?.putImageData(new ImageData(new Uint8ClampedArray(rgba as Uint8ClampedArray<ArrayBuffer>), side), 0, 0)
      target.dataset.drawn = ''
    })
  }, [image, album, learning])
  return <canvas ref={canvas} className={css.thumb} width={1} height={1} aria-hidden="true" />
}
