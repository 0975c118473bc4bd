/** All pictures of the album: filtered, selected by pointer or keys, given classes. */
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useStore } from 'zustand'
import { SPLITS } from '../../data/task'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { AlbumInfo, ArrangedInfo } from '../../lab/protocol-images'
import { imagesStore } from '../../state/images-store'
import { followVerdicts, verdictsStore } from '../../state/verdicts'
import { cx } from '../common/cx'
import { VirtualGrid, type GridOption, type Picking } from '../visuals/VirtualGrid'
import css from './Images.module.css'
import { PictureFilters } from './PictureFilters'
import { PictureTools } from './PictureTools'
import { keysOf, OUT, shownImages } from './shown'
import { Thumb } from './Thumb'

const CELL = { width: 64, height: 64, gap: 4 }

const NO_IMAGES: ReadonlySet<number> = new Set()

interface Selected {
  readonly album: AlbumInfo | null
  readonly images: ReadonlySet<number>
}

export function PictureGrid() {
  useEffect(followVerdicts, [])
  const album = useStore(imagesStore, (s) => s.album)
  const arranged = useStore(imagesStore, (s) => s.arranged)
  const filter = useDeferredValue(useStore(imagesStore, (s) => s.filter))
  const right = useStore(verdictsStore, (s) => s.right)
  const keys = useMemo(() => (album && arranged ? keysOf(album, arranged) : []), [album, arranged])
  const shown = useMemo(
    () => (album && arranged ? shownImages(album, arranged, keys, filter, right) : []),
    [album, arranged, keys, filter, right],
  )
  // Of another album's pictures none are selected.
  const [selection, setSelection] = useState<Selected>({ album: null, images: NO_IMAGES })
  const selected = selection.album === album ? selection.images : NO_IMAGES
  const setSelected = (images: ReadonlySet<number>) => setSelection({ album, images })
  if (!album || !arranged) return <p className={css.note}>{t('images.none')}</p>
  return (
    <section aria-labelledby="grid-heading">
      <h2 id="grid-heading" className={css.heading}>
        {t('grid.heading')} <span className={css.note}>{count(shown.length)}</span>
      </h2>
      <PictureFilters verdicts={right.size > 0} />
      <PictureTools album={album} shown={shown} selected={selected} onSelect={setSelected} />
      {shown.length === 0 ? (
        <p className={css.note}>{t('grid.none')}</p>
      ) : (
        <Cells {...{ album, arranged, shown, keys, selected }} onSelect={setSelected} />
      )}
      <p className={css.about}>{t('grid.hint')}</p>
    </section>
  )
}

interface CellsProps {
  readonly album: AlbumInfo
  readonly arranged: ArrangedInfo
  readonly shown: readonly number[]
  readonly keys: readonly (string | null)[]
  readonly selected: ReadonlySet<number>
  readonly onSelect: (selected: ReadonlySet<number>) => void
}

function Cells({ album, arranged, shown, keys, selected, onSelect }: CellsProps) {
  const right = useStore(verdictsStore, (s) => s.right)
  const classes = useStore(imagesStore, (s) => s.arrangement?.classes)
  const names = useMemo(() => new Map(classes?.map(({ key, name }) => [key, name])), [classes])
  const anchor = useRef(0)

  function pick(place: number, how: Picking): void {
    if (how === 'extend') {
      const [low, high] = [Math.min(anchor.current, place), Math.max(anchor.current, place)]
      return onSelect(new Set(shown.slice(low, high + 1)))
    }
    anchor.current = place
    const image = shown[place]!
    const next = new Set(how === 'toggle' ? selected : [])
    if (!next.delete(image)) next.add(image)
    onSelect(next)
  }

  function onKey(event: KeyboardEvent): boolean {
    const all = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a'
    if (all) onSelect(new Set(shown))
    else if (event.key === 'Escape') onSelect(new Set())
    else return false
    return true
  }

  function optionOf(place: number): GridOption {
    const image = shown[place]!
    const path = album.paths[image] ?? ''
    const split = arranged.splits[image] ?? OUT
    const key = keys[image] ?? null
    const named = key === null ? undefined : names.get(key)
    const said = t('grid.picture', {
      ...{ path, class: named ?? t('grid.noClass') },
      split: split === OUT ? t('grid.out') : t(`classes.${SPLITS[split]!}`),
    })
    const verdict = right.get(path)
    return {
      label: verdict === undefined ? said : `${said}; ${t(verdict ? 'grid.right' : 'grid.wrong')}`,
      title: said,
      className: cx(selected.has(image) && css.selected, split === OUT && css.out),
      data: {
        'data-split': split === OUT ? 'out' : SPLITS[split],
        'data-verdict': verdict === undefined ? undefined : verdict ? 'right' : 'wrong',
      },
    }
  }

  return (
    <VirtualGrid
      className={css.grid}
      label={t('grid.label', { count: count(shown.length) })}
      count={shown.length}
      cell={CELL}
      height="min(60vh, 620px)"
      multiple
      keyOf={(place) => shown[place]!}
      optionOf={optionOf}
      isSelected={(place) => selected.has(shown[place]!)}
      onPick={pick}
      onKey={onKey}
      render={(place) => <Thumb image={shown[place]!} />}
    />
  )
}
