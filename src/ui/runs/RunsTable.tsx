/** The table of runs: a row each, seeds of one recipe under a row of their own with mean and deviation. */
import { useCallback, useState, type Dispatch, type SetStateAction } from 'react'
import { Button, Checkbox } from 'react-aria-components'
import { count, percent, points } from '../../i18n/format'
import { recipeTitle, taskTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import type { Spread } from '../../evaluation/seeds'
import type { Entry, GroupEntry, RunColumn, RunOrder } from '../../state/run-table'
import { Explained, Term, type GlossaryKey } from '../visuals/Term'
import { RunRow } from './RunRow'
import css from './Runs.module.css'

interface RunsTableProps {
  readonly entries: readonly Entry[]
  readonly order: RunOrder
  readonly onOrder: (order: RunOrder) => void
  /** Ids of runs. */
  readonly selected: ReadonlySet<string>
  readonly onSelect: Dispatch<SetStateAction<ReadonlySet<string>>>
}

const COLUMNS: readonly (readonly [RunColumn, GlossaryKey])[] = [
  ['name', 'glossary.name'],
  ['task', 'glossary.fingerprint'],
  ['model', 'glossary.model'],
  ['seed', 'glossary.seed'],
  ['zeroShot', 'glossary.zeroShot'],
  ['prompted', 'glossary.prompted'],
  ['difference', 'glossary.difference'],
  ['steps', 'glossary.steps'],
  ['seconds', 'glossary.seconds'],
  ['created', 'glossary.created'],
]
/** Checkbox and thumbnail before them, the menu after. */
const WIDTH = COLUMNS.length + 3

export function RunsTable({ entries, order, onOrder, selected, onSelect }: RunsTableProps) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback(
    (ids: readonly string[], on: boolean) =>
      onSelect((before) => {
        const next = new Set(before)
        for (const id of ids) {
          if (on) next.add(id)
          else next.delete(id)
        }
        return next
      }),
    [onSelect],
  )
  const row = (entry: Extract<Entry, { kind: 'run' }>) => (
    <RunRow key={entry.record.id} entry={entry} selected={selected.has(entry.record.id)} onSelect={toggle} />
  )
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label={t('runs.table')}>
      <table className={css.table} data-testid="runs-table">
        <thead>
          <tr>
            <td />
            <td />
            {COLUMNS.map(([column, by]) => {
              const active = order.column === column
              return (
                <th
                  key={column}
                  scope="col"
                  aria-sort={active ? (order.descending ? 'descending' : 'ascending') : undefined}
                >
                  <Explained by={by}>
                    <Button
                      className={css.sort}
                      onPress={() => onOrder({ column, descending: active ? !order.descending : true })}
                    >
                      {t(`runs.column.${column}`)}
                      <span aria-hidden="true">{active ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
                    </Button>
                  </Explained>
                </th>
              )
            })}
            <td />
          </tr>
        </thead>
        {entries.map((entry) => {
          if (entry.kind === 'run') return <tbody key={entry.record.id}>{row(entry)}</tbody>
          const open = unfolded.has(entry.id)
          const ids = entry.runs.map(({ record }) => record.id)
          return (
            <tbody key={entry.id} data-testid="run-group">
              <GroupRow
                group={entry}
                open={open}
                onOpen={() => {
                  const next = new Set(unfolded)
                  if (open) next.delete(entry.id)
                  else next.add(entry.id)
                  setUnfolded(next)
                }}
                selected={ids.every((id) => selected.has(id))}
                some={ids.some((id) => selected.has(id))}
                onSelect={(on) => toggle(ids, on)}
              />
              {open && entry.runs.map(row)}
            </tbody>
          )
        })}
      </table>
    </div>
  )
}

interface GroupRowProps {
  readonly group: GroupEntry
  readonly open: boolean
  readonly onOpen: () => void
  readonly selected: boolean
  readonly some: boolean
  readonly onSelect: (on: boolean) => void
}

function GroupRow({ group, open, onOpen, selected, some, onSelect }: GroupRowProps) {
  const { task, recipe } = group.runs[0]!.record
  const title = t('runs.group', { task: taskTitle(task), recipe: recipeTitle(recipe.name), count: group.runs.length })
  return (
    <tr className={css.group}>
      <td>
        <Checkbox
          className={css.check}
          aria-label={t('runs.select', { name: title })}
          isSelected={selected}
          isIndeterminate={some && !selected}
          onChange={onSelect}
        >
          <span className={css.box} aria-hidden="true" />
        </Checkbox>
      </td>
      <td colSpan={WIDTH - 1}>
        <Button className={css.fold} aria-expanded={open} onPress={onOpen}>
          <span aria-hidden="true">{open ? '▾' : '▸'}</span> {title}
        </Button>
        {group.prompted && group.difference ? (
          <span className={css.spread} data-testid="group-spread" data-mean={group.prompted.mean}>
            <SpreadText spread={group.prompted} text={(value) => percent(value)} />
            {' · '}
            <SpreadText spread={group.difference} text={(value) => t('result.points', { points: points(value) })} />
          </span>
        ) : (
          <span className={css.spread}>
            {t(group.runs.some(({ shown }) => shown.closed) ? 'runs.group.closed' : 'runs.group.unmeasured')}
          </span>
        )}
      </td>
    </tr>
  )
}

/** "71.4 % ± 0.8 (70.1 % to 72.7 %, 3 seeds)" */
function SpreadText({ spread, text }: { readonly spread: Spread; readonly text: (value: number) => string }) {
  const { mean, deviation, ci95, n } = spread
  return (
    <>
      <Term of="glossary.mean">{text(mean)}</Term>
      {deviation !== null && (
        <>
          {' '}
          <Term of="glossary.deviation">{t('runs.group.deviation', { deviation: (100 * deviation).toFixed(1) })}</Term>
        </>
      )}{' '}
      <span className={css.soft}>
        {ci95
          ? t('runs.group.interval', { low: text(ci95[0]), high: text(ci95[1]), n: count(n) })
          : t('runs.group.one')}
      </span>
    </>
  )
}
