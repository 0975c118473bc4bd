/**
 * Thousands of cells of one size, of which only those in sight are drawn. A list for screen readers, each entry with its place;
 * one stop of the tab key, and arrow keys from cell to cell.
 */
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import css from './VirtualGrid.module.css'
import { cellAfter, rowsInSight } from './virtual-rows'

interface VirtualGridProps {
  readonly label: string
  readonly count: number
  /** Size of a cell and of its gaps, CSS pixels. */
  readonly cell: { readonly width: number; readonly height: number; readonly gap: number }
  /** Of the whole grid, CSS pixels; less where its cells need less. */
  readonly height: number
  /** More about a cell than it says itself: a description for the ear, and what a resting pointer is told. */
  readonly aboutOf: (i: number) => string
  readonly render: (i: number) => ReactNode
  readonly onOpen: (i: number) => void
  readonly selected: number | null
}

export function VirtualGrid({ label, count, cell, height, aboutOf, render, onOpen, selected }: VirtualGridProps) {
  const host = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [top, setTop] = useState(0)
  const [current, setCurrent] = useState(0)
  const pitch = { x: cell.width + cell.gap, y: cell.height + cell.gap }
  const columns = Math.max(1, Math.floor((width + cell.gap) / pitch.x))
  const rows = Math.ceil(count / columns)
  const [first, last] = rowsInSight(top, height, pitch.y, rows)
  const shown = Array.from(
    { length: Math.max(0, Math.min(count, last * columns) - first * columns) },
    (_, i) => first * columns + i,
  )
  const here = Math.min(current, count - 1)

  useEffect(() => {
    const element = host.current
    if (!element) return
    const resizing = new ResizeObserver(() => setWidth(element.clientWidth))
    resizing.observe(element)
    return () => resizing.disconnect()
  }, [])

  function onKeyDown(event: KeyboardEvent): void {
    const next = cellAfter(here, event.key, columns, count, Math.max(1, Math.floor(height / pitch.y)))
    const element = host.current
    if (next === null || !element) return
    event.preventDefault()
    setCurrent(next)
    const row = Math.floor(next / columns) * pitch.y
    if (row < element.scrollTop) element.scrollTop = row
    if (row + cell.height > element.scrollTop + element.clientHeight)
      element.scrollTop = row + cell.height - element.clientHeight
    // Its row may be drawn only now that the grid has scrolled.
    setTop(element.scrollTop)
    requestAnimationFrame(() =>
      element.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus({ preventScroll: true }),
    )
  }

  return (
    <div
      ref={host}
      className={css.host}
      style={{ height: Math.min(height, rows * pitch.y) }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      data-testid="picture-grid"
      data-count={count}
    >
      <ul className={css.list} aria-label={label} style={{ height: rows * pitch.y }} onKeyDown={onKeyDown}>
        {shown.map((i) => (
          <li
            key={i}
            className={css.cell}
            aria-setsize={count}
            aria-posinset={i + 1}
            style={{
              ...{ width: cell.width, height: cell.height },
              transform: `translate(${(i % columns) * pitch.x}px, ${Math.floor(i / columns) * pitch.y}px)`,
            }}
          >
            <button
              type="button"
              className={css.button}
              title={aboutOf(i)}
              aria-pressed={i === selected}
              tabIndex={i === here || (i === shown[0] && !shown.includes(here)) ? 0 : -1}
              data-cell={i}
              onClick={() => {
                setCurrent(i)
                onOpen(i)
              }}
            >
              {render(i)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
