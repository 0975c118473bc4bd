/**
 * Confusion matrix: rows are true classes, columns predicted ones, each row shaded by its share of the row. Up to 40 classes as a
 * grid whose cells open their images (arrow keys move, Enter opens); beyond that as a picture beside the most confused pairs.
 */
import { memo, useRef, useState, type KeyboardEvent } from 'react'
import { Button } from 'react-aria-components'
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { mostConfused } from '../../evaluation/confused'
import { cx } from '../common/cx'
import css from './Confusion.module.css'
import { ConfusionPicture } from './ConfusionPicture'
import { moveCell, shade, type Cell } from './confusion-grid'

/** Most classes that are drawn as a grid. */
export const GRID_CLASSES = 40
const PAIRS = 12

interface ConfusionProps {
  readonly title: string
  /** Counts [C,C], row = truth. */
  readonly counts: Uint32Array
  /** Names of the classes, [C]. */
  readonly names: readonly string[]
  /** The cell whose images are open. */
  readonly open: Cell | null
  readonly onOpen: (cell: Cell) => void
}

export function Confusion(props: ConfusionProps) {
  const { counts, names, title } = props
  return (
    <figure className={css.figure} data-testid="confusion">
      <figcaption className={css.title}>{title}</figcaption>
      {names.length <= GRID_CLASSES ? (
        <Grid {...props} />
      ) : (
        <ConfusionPicture counts={counts} names={names} title={title} onOpen={props.onOpen} />
      )}
      <Pairs {...props} />
    </figure>
  )
}

function Grid({ title, counts, names, open, onOpen }: ConfusionProps) {
  const classes = names.length
  const [current, setCurrent] = useState<Cell>({ truth: 0, predicted: 0 })
  const table = useRef<HTMLTableElement>(null)

  function openCell(cell: Cell): void {
    if (counts[cell.truth * classes + cell.predicted]) onOpen(cell)
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      openCell(current)
      return
    }
    const next = moveCell(current, event.key, classes, event.ctrlKey || event.metaKey)
    if (!next) return
    event.preventDefault()
    setCurrent(next)
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.truth}-${next.predicted}"]`)?.focus()
  }

  return (
    <div className={css.scroll}>
      <table
        ref={table}
        role="grid"
        className={css.grid}
        aria-label={t('visual.confusion', { title })}
        onKeyDown={onKeyDown}
        onFocus={(event) => setCurrent((now) => cellOf(event.target) ?? now)}
        onClick={(event) => {
          const cell = cellOf(event.target)
          if (cell) openCell(cell)
        }}
      >
        <thead>
          <tr>
            <th scope="col" className={css.corner}>
              <span>{t('visual.confusion.truth')}</span>
            </th>
            {names.map((name, i) => (
              <th key={i} scope="col" className={css.column} title={name}>
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((_, truth) => (
            <Row
              key={truth}
              truth={truth}
              counts={counts}
              names={names}
              current={current.truth === truth ? current.predicted : null}
              open={open?.truth === truth ? open.predicted : null}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function cellOf(target: EventTarget): Cell | null {
  const place = (target as Element).closest<HTMLElement>('[data-cell]')?.dataset.cell
  if (!place) return null
  const [truth, predicted] = place.split('-').map(Number)
  return { truth: truth!, predicted: predicted! }
}

interface RowProps {
  readonly truth: number
  readonly counts: Uint32Array
  readonly names: readonly string[]
  /** Columns of the cell that the tab key comes to, and of the one whose images are open, in this row. */
  readonly current: number | null
  readonly open: number | null
}

/** Of the thousands of cells that there may be, only the rows in which something changed are drawn anew. */
const Row = memo(function Row({ truth, counts, names, current, open }: RowProps) {
  const classes = names.length
  const row = counts.subarray(truth * classes, (truth + 1) * classes)
  const total = row.reduce((sum, n) => sum + n, 0)
  const name = names[truth]!
  return (
    <tr>
      <th scope="row" title={name}>
        {name}
      </th>
      {names.map((_, predicted) => {
        const n = row[predicted]!
        return (
          <td
            key={predicted}
            role="gridcell"
            tabIndex={current === predicted ? 0 : -1}
            className={cx(css.cell, truth === predicted && css.diagonal)}
            data-cell={`${truth}-${predicted}`}
            data-shade={shade(n, total)}
            aria-selected={open === predicted}
            aria-label={t('visual.confusion.cell', {
              ...{ truth: name, predicted: names[predicted]!, count: count(n) },
              share: percent(total ? n / total : 0, 0),
            })}
          >
            {n > 0 && classes <= 20 ? count(n) : ''}
          </td>
        )
      })}
    </tr>
  )
})

function Pairs({ counts, names, onOpen }: ConfusionProps) {
  const pairs = mostConfused(counts, names.length, PAIRS)
  if (pairs.length === 0) return <p className={css.none}>{t('visual.confusion.none')}</p>
  return (
    <details className={css.pairs} open={names.length > GRID_CLASSES}>
      <summary>{t('visual.confusion.pairs')}</summary>
      <ol>
        {pairs.map(({ truth, predicted, count: n, share }) => (
          <li key={`${truth}-${predicted}`}>
            <Button className={css.pair} onPress={() => onOpen({ truth, predicted })}>
              {t('visual.confusion.pair', {
                ...{ truth: names[truth]!, predicted: names[predicted]! },
                ...{ count: count(n), share: percent(share, 0) },
              })}
            </Button>
          </li>
        ))}
      </ol>
    </details>
  )
}
