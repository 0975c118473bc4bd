/**
 * All pictures of the album, as many as are on the screen drawn. A list box of our own: the library's collections are built
 * whole before the first cell is drawn, which for ten thousand pictures holds the page up for longer than a frame may last.
 */
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useStore } from 'zustand'
import { SPLITS } from '../../data/task'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { AlbumInfo } from '../../lab/protocol-images'
import { imagesStore } from '../../state/images-store'
import { followVerdicts, verdictsStore } from '../../state/verdicts'
import { cx } from '../common/cx'
import css from './Images.module.css'
import { PictureFilters } from './PictureFilters'
import { PictureTools } from './PictureTools'
import { keysOf, OUT, shownImages } from './shown'
import { Thumb } from './Thumb'

/** A cell with its gap, pixels. */
const CELL = 68
/** Rows drawn above and below what is seen. */
const SPARE = 2

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
        <Cells shown={shown} keys={keys} selected={selected} onSelect={setSelected} />
      )}
      <p className={css.about}>{t('grid.hint')}</p>
    </section>
  )
}

interface CellsProps {
  readonly shown: readonly number[]
  readonly keys: readonly (string | null)[]
  readonly selected: ReadonlySet<number>
  readonly onSelect: (selected: ReadonlySet<number>) => void
}

function Cells({ shown, keys, selected, onSelect }: CellsProps) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ columns: 1, top: 0, height: 400 })
  const [active, setActive] = useState(0)
  const anchor = useRef(0)
  const at = Math.min(active, shown.length - 1)

  const measure = useCallback(() => {
    const { clientWidth, clientHeight, scrollTop } = box.current!
    const next = { columns: Math.max(1, Math.floor(clientWidth / CELL)), top: scrollTop, height: clientHeight }
    setView((now) => (now.columns === next.columns && now.top === next.top && now.height === next.height ? now : next))
  }, [])
  useEffect(() => {
    const seen = new ResizeObserver(measure)
    seen.observe(box.current!)
    return () => seen.disconnect()
  }, [measure])

  const rows = Math.ceil(shown.length / view.columns)
  const from = Math.max(0, Math.floor(view.top / CELL) - SPARE)
  const to = Math.min(rows, Math.ceil((view.top + view.height) / CELL) + SPARE)
  const first = from * view.columns
  const places = Array.from({ length: Math.min(shown.length, to * view.columns) - first }, (_, i) => first + i)
  // The active one is there for those who cannot see it, wherever the view has been scrolled to.
  if (!places.includes(at)) places.push(at)

  function select(place: number, extend: boolean, toggle: boolean) {
    if (extend) {
      const [low, high] = [Math.min(anchor.current, place), Math.max(anchor.current, place)]
      return onSelect(new Set(shown.slice(low, high + 1)))
    }
    anchor.current = place
    const image = shown[place]!
    const next = new Set(toggle ? selected : [])
    if (!next.delete(image)) next.add(image)
    onSelect(next)
  }

  function go(place: number, extend: boolean) {
    const next = Math.max(0, Math.min(shown.length - 1, place))
    setActive(next)
    if (extend) select(next, true, false)
    const y = Math.floor(next / view.columns) * CELL
    const { scrollTop, clientHeight } = box.current!
    if (y < scrollTop) box.current!.scrollTop = y
    else if (y + CELL > scrollTop + clientHeight) box.current!.scrollTop = y + CELL - clientHeight
  }

  function onKeyDown(event: KeyboardEvent) {
    const page = view.columns * Math.max(1, Math.floor(view.height / CELL))
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + view.columns,
      ArrowUp: at - view.columns,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: shown.length - 1,
    }
    const mod = event.ctrlKey || event.metaKey
    if (steps[event.key] !== undefined) go(steps[event.key]!, event.shiftKey)
    else if (event.key === ' ') select(at, event.shiftKey, true)
    else if (event.key === 'Escape') onSelect(new Set())
    else if (mod && event.key.toLowerCase() === 'a') onSelect(new Set(shown))
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={box}
      className={css.grid}
      role="listbox"
      tabIndex={0}
      aria-multiselectable="true"
      aria-label={t('grid.label', { count: count(shown.length) })}
      aria-activedescendant={`picture-${shown[at]}`}
      onScroll={measure}
      onKeyDown={onKeyDown}
      data-testid="picture-grid"
    >
      <div className={css.cells} role="presentation" style={{ height: rows * CELL }}>
        {places.map((place) => {
          const image = shown[place]!
          return (
            <Cell
              key={image}
              image={image}
              label={keys[image] ?? null}
              place={place}
              total={shown.length}
              x={(place % view.columns) * CELL}
              y={Math.floor(place / view.columns) * CELL}
              selected={selected.has(image)}
              active={place === at}
              onPick={(event) => {
                setActive(place)
                select(place, event.shiftKey, !event.altKey)
              }}
            />
          )
        })}
      </div>
    </div>
  )
}

interface CellProps {
  readonly image: number
  readonly label: string | null
  readonly place: number
  readonly total: number
  readonly x: number
  readonly y: number
  readonly selected: boolean
  readonly active: boolean
  readonly onPick: (event: { shiftKey: boolean; altKey: boolean }) => void
}

function Cell({ image, label, place, total, x, y, selected, active, onPick }: CellProps) {
  const path = useStore(imagesStore, (s) => s.album?.paths[image] ?? '')
  const split = useStore(imagesStore, (s) => s.arranged?.splits[image] ?? OUT)
  const name = useStore(imagesStore, (s) => s.arrangement?.classes.find(({ key }) => key === label)?.name)
  const right = useStore(verdictsStore, (s) => s.right.get(path))
  const splitName = split === OUT ? t('grid.out') : t(`classes.${SPLITS[split]!}`)
  const said = t('grid.picture', { path, class: name ?? t('grid.noClass'), split: splitName })
  return (
    <div
      id={`picture-${image}`}
      className={cx(css.cell, selected && css.selected, active && css.active, split === OUT && css.out)}
      role="option"
      aria-selected={selected}
      aria-label={right === undefined ? said : `${said}; ${t(right ? 'grid.right' : 'grid.wrong')}`}
      aria-posinset={place + 1}
      aria-setsize={total}
      title={said}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      data-split={split === OUT ? 'out' : SPLITS[split]}
      data-verdict={right === undefined ? undefined : right ? 'right' : 'wrong'}
      onClick={onPick}
    >
      <Thumb image={image} />
    </div>
  )
}
