/** Class by class, before and after, as a table sorted by what its reader presses. The intervals stand in the cells' titles and bars. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { count, percent, points, pValue } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { ClassChange } from '../../evaluation/per-class'
import { DeltaBar } from './DeltaBar'
import css from './PerClass.module.css'
import { sortClasses, type ClassColumn, type ClassOrder } from './sort-classes'
import { Explained, type GlossaryKey } from './Term'

interface PerClassProps {
  readonly rows: readonly ClassChange[]
  readonly names: readonly string[]
  /** What the two sides are called. */
  readonly before: string
  readonly after: string
}

/** Tables longer than this begin folded. */
const LONG = 40

export function PerClass({ rows, names, before, after }: PerClassProps) {
  const [order, setOrder] = useState<ClassOrder>({ column: 'difference', descending: true })
  const [all, setAll] = useState(false)
  const sorted = sortClasses(rows, names, order)
  const shown = all ? sorted : sorted.slice(0, LONG)
  const scale = Math.max(0.1, ...rows.map(({ difference }) => Math.abs(difference)))
  const columns: readonly (readonly [ClassColumn, string, GlossaryKey])[] = [
    ['name', t('perClass.class'), 'glossary.class'],
    ['images', t('perClass.images'), 'glossary.images'],
    ['before', before, 'glossary.perClass'],
    ['after', after, 'glossary.perClass'],
    ['difference', t('perClass.difference'), 'glossary.difference'],
    ['adjusted', t('perClass.p'), 'glossary.holm'],
  ]
  return (
    <>
      <div className={css.scroll} tabIndex={0} role="region" aria-label={t('perClass.label')}>
        <table className={css.table} data-testid="per-class">
          <thead>
            <tr>
              {columns.map(([column, title, by]) => {
                const active = order.column === column
                const sort = active ? (order.descending ? 'descending' : 'ascending') : undefined
                return (
                  <th key={column} scope="col" aria-sort={sort}>
                    <Explained by={by}>
                      <Button
                        className={css.sort}
                        onPress={() => setOrder({ column, descending: active ? !order.descending : column !== 'name' })}
                      >
                        {title}
                        <span aria-hidden="true">{active ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
                      </Button>
                    </Explained>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.label} data-testid="per-class-row">
                <th scope="row">{names[row.label]}</th>
                <td>{count(row.after.total)}</td>
                <Share accuracy={row.before} />
                <Share accuracy={row.after} />
                <td className={css.difference}>
                  <span>{points(row.difference)}</span>
                  <DeltaBar value={row.difference} scale={scale} />
                </td>
                <td title={t('perClass.p.alone', { p: pValue(row.pValue), fixed: row.fixed, broken: row.broken })}>
                  {pValue(row.adjusted).replace('p = ', '').replace('p ', '')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > LONG && !all && (
        <Button className={css.more} onPress={() => setAll(true)}>
          {t('perClass.all', { count: count(sorted.length) })}
        </Button>
      )}
    </>
  )
}

function Share({ accuracy }: { readonly accuracy: ClassChange['before'] }) {
  const [low, high] = accuracy.ci95
  return (
    <td>
      {accuracy.total === 0 ? '\u2013' : percent(accuracy.top1)}
      {accuracy.total > 0 && (
        <span className={css.interval}>{t('perClass.interval', { low: percent(low, 0), high: percent(high, 0) })}</span>
      )}
    </td>
  )
}
