/**
 * Confusion matrix: rows are true classes, columns predicted ones, each row shaded by its share of the row. Up to 40 classes as a
 * grid whose cells open their images (arrow keys move, Enter opens); beyond that as a picture beside the most confused pairs.
 */
import { useRef, useState, type KeyboardEvent } from 'react'
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
  const totals = names.map((_, truth) => names.reduce((sum, _, c) => sum + counts[truth * classes + c]!, 0))

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      if (counts[current.truth * classes + current.predicted]) onOpen(current)
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
          {names.map((name, truth) => (
            <tr key={truth}>
              <th scope="row" title={name}>
                {name}
              </th>
              {names.map((_, predicted) => {
                const n = counts[truth * classes + predicted]!
                const here = current.truth === truth && current.predicted === predicted
                const opened = open?.truth === truth && open.predicted === predicted
                return (
                  <td
                    key={predicted}
                    role="gridcell"
                    tabIndex={here ? 0 : -1}
                    className={cx(css.cell, truth === predicted && css.diagonal)}
                    data-cell={`${truth}-${predicted}`}
                    data-shade={shade(n, totals[truth]!)}
                    aria-selected={opened}
                    aria-label={t('visual.confusion.cell', {
                      ...{ truth: name, predicted: names[predicted]!, count: count(n) },
                      share: percent(totals[truth] ? n / totals[truth] : 0, 0),
                    })}
                    onClick={() => {
                      setCurrent({ truth, predicted })
                      if (n) onOpen({ truth, predicted })
                    }}
                    onFocus={() => {
                      if (!here) setCurrent({ truth, predicted })
                    }}
                  >
                    {n > 0 && classes <= 20 ? count(n) : ''}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

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
