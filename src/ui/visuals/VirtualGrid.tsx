/**
 * Thousands of cells of one size, of which only those in sight are drawn. A list box of our own: the library's collections are
 * built whole before the first cell is drawn, which for ten thousand pictures holds the page up for longer than a frame may last.
 */
import { useCallback, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { cx } from '../common/cx'
import css from './VirtualGrid.module.css'
import { cellAfter, rowsInSight } from './virtual-rows'

/** What a cell says beside what it shows. */
export interface GridOption {
  /** Its name for the ear, where it shows no text. */
  readonly label?: string
  /** More about it: what a resting pointer is told. */
  readonly title: string
  readonly className?: string | undefined
  readonly data?: Readonly<Record<`data-${string}`, string | undefined>>
}

/** Alone, beside the others, or all from the one picked last. */
export type Picking = 'one' | 'toggle' | 'extend'

interface VirtualGridProps {
  readonly label: string
  readonly count: number
  /** Size of a cell and of the gaps between cells, CSS pixels. */
  readonly cell: { readonly width: number; readonly height: number; readonly gap: number }
  /** Of the whole grid, a CSS length; less where its cells need less. */
  readonly height: string
  /** The same cell under another order or filter. */
  readonly keyOf?: (i: number) => number
  readonly optionOf: (i: number) => GridOption
  readonly render: (i: number) => ReactNode
  readonly isSelected: (i: number) => boolean
  readonly multiple?: boolean
  readonly onPick: (i: number, how: Picking) => void
  /** Keys that mean more here than moving and picking; true for one that was taken. */
  readonly onKey?: (event: KeyboardEvent) => boolean
  readonly className?: string | undefined
}

export function VirtualGrid(props: VirtualGridProps) {
  const { label, count, cell, height, keyOf = (i) => i, optionOf, render, isSelected, multiple = false, onPick } = props
  const id = useId()
  const host = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ width: 0, top: 0, height: 400 })
  const [active, setActive] = useState(0)
  const pitch = { x: cell.width + cell.gap, y: cell.height + cell.gap }
  const columns = Math.max(1, Math.floor((view.width + cell.gap) / pitch.x))
  const rows = Math.ceil(count / columns)
  const here = Math.min(active, count - 1)

  const measure = useCallback(() => {
    // A scroll is told after the view has been left.
    if (!host.current || !list.current) return
    const { clientHeight, scrollTop } = host.current
    const next = { width: list.current.clientWidth, top: scrollTop, height: clientHeight }
    setView((now) => (now.width === next.width && now.top === next.top && now.height === next.height ? now : next))
  }, [])
  useEffect(() => {
    const resizing = new ResizeObserver(measure)
    resizing.observe(host.current!)
    return () => resizing.disconnect()
  }, [measure])

  const [first, last] = rowsInSight(view.top, view.height, pitch.y, rows)
  const places = Array.from(
    { length: Math.max(0, Math.min(count, last * columns) - first * columns) },
    (_, i) => first * columns + i,
  )
  // The active one is there for those who cannot see it, wherever the view has been scrolled to.
  if (!places.includes(here)) places.push(here)

  function go(next: number): void {
    setActive(next)
    const element = host.current!
    const row = Math.floor(next / columns) * pitch.y
    if (row < element.scrollTop) element.scrollTop = row
    else if (row + pitch.y > element.scrollTop + element.clientHeight)
      element.scrollTop = row + pitch.y - element.clientHeight
  }

  function onKeyDown(event: KeyboardEvent): void {
    const next = cellAfter(here, event.key, columns, count, Math.max(1, Math.floor(view.height / pitch.y)))
    const extend = multiple && event.shiftKey
    if (next !== null) {
      go(next)
      if (extend) onPick(next, 'extend')
    } else if (event.key === ' ' || event.key === 'Enter') onPick(here, extend ? 'extend' : 'toggle')
    else if (!props.onKey?.(event)) return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={host}
      className={cx(css.host, props.className)}
      style={{ height: `min(${height}, ${rows * pitch.y + 8}px)` }}
      role="listbox"
      tabIndex={0}
      aria-multiselectable={multiple}
      aria-label={label}
      aria-activedescendant={`${id}${keyOf(here)}`}
      onScroll={measure}
      onKeyDown={onKeyDown}
      data-testid="picture-grid"
      data-count={count}
    >
      <div ref={list} className={css.list} role="presentation" style={{ height: rows * pitch.y }}>
        {places.map((i) => {
          const { className, data, label: said, title } = optionOf(i)
          return (
            <div
              key={keyOf(i)}
              id={`${id}${keyOf(i)}`}
              className={cx(css.cell, i === here && css.active, className)}
              role="option"
              aria-selected={isSelected(i)}
              aria-label={said}
              aria-posinset={i + 1}
              aria-setsize={count}
              title={title}
              style={{
                ...{ width: cell.width, height: cell.height },
                transform: `translate(${(i % columns) * pitch.x}px, ${Math.floor(i / columns) * pitch.y}px)`,
              }}
              {...data}
              onClick={(event) => {
                setActive(i)
                onPick(i, multiple && event.shiftKey ? 'extend' : event.altKey ? 'one' : 'toggle')
              }}
            >
              {render(i)}
            </div>
          )
        })}
      </div>
    </div>
  )
}
