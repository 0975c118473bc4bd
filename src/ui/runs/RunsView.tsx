/** Every run that is kept: what it was, what it came to; sorted, found again, named, compared. */
import { useDeferredValue, useEffect, useMemo, useReducer, useState } from 'react'
import { Button, Input, SearchField } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { say } from '../../i18n/said'
import { t } from '../../i18n/t'
import { runName } from '../../state/comparison-sides'
import { dismissRunsTrouble, followRuns, keptRunsStore, restoreRun } from '../../state/kept-runs'
import { hrefOf } from '../../state/route'
import { tableEntries, type Entry, type RunOrder } from '../../state/run-table'
import { followTestSplit, testIsClosed } from '../../state/test-split'
import { Alert } from '../common/Alert'
import { ImportButton, Portable, TableButton } from '../keep/Portable'
import { StorageLine } from '../keep/StorageLine'
import css from './Runs.module.css'
import { RunsComparison } from './RunsComparison'
import { RunsTable } from './RunsTable'

const NONE: readonly Entry[] = []

export function RunsView() {
  useEffect(followRuns, [])
  const { records, read, broken, lasting, removed, trouble } = useStore(keptRunsStore)
  const [filter, setFilter] = useState('')
  const [order, setOrder] = useState<RunOrder>({ column: 'created', descending: true })
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  // Whether test numbers may be shown changes with the run that goes on.
  const [turn, again] = useReducer((n: number) => n + 1, 0)
  useEffect(() => followTestSplit(again), [])
  const all = useMemo(
    () => tableEntries(records, { order, filter, closed: testIsClosed }),
    // oxlint-disable-next-line react/exhaustive-deps
    [records, order, filter, turn],
  )
  // Hundreds of rows are drawn in slices, so that typing and learning do not wait for them.
  const entries = useDeferredValue(all, NONE)
  const chosen = records.filter(({ id }) => selected.has(id))
  if (read && records.length === 0 && removed.length === 0) return <Empty />
  return (
    <section className={css.view} aria-labelledby="runs-heading" data-testid="runs">
      <header className={css.header}>
        <h2 id="runs-heading">
          {t('runs.heading')} <span className={css.soft}>{count(records.length)}</span>
        </h2>
        <SearchField className={css.search} aria-label={t('runs.filter')} value={filter} onChange={setFilter}>
          <Input placeholder={t('runs.filter')} data-testid="runs-filter" />
        </SearchField>
        <span className={css.files}>
          <TableButton records={records} />
          <ImportButton />
        </span>
      </header>
      <Portable />
      {trouble && <Alert trouble={trouble} onDismiss={dismissRunsTrouble} />}
      {lasting ? <StorageLine /> : <p className={css.note}>{t('runs.passing')}</p>}
      {broken.length > 0 && (
        <p className={css.note}>{t('runs.broken', { count: count(broken.length), reason: say(broken[0]!.reason) })}</p>
      )}
      {removed.map((record) => (
        <p key={record.id} className={css.undo} role="status">
          {t('runs.removed', { name: runName(record) })}{' '}
          <Button className={css.quiet} onPress={() => void restoreRun(record)} data-testid="undo-remove">
            {t('runs.undo')}
          </Button>
        </p>
      ))}
      <RunsTable entries={entries} order={order} onOrder={setOrder} selected={selected} onSelect={setSelected} />
      {read && all.length === 0 && <p className={css.note}>{t('runs.none')}</p>}
      {chosen.length >= 2 ? <RunsComparison records={chosen} /> : <p className={css.note}>{t('runs.choose')}</p>}
    </section>
  )
}

function Empty() {
  return (
    <section className={css.empty} aria-labelledby="runs-heading" data-testid="runs-empty">
      <h2 id="runs-heading">{t('runs.empty')}</h2>
      <p>{t('runs.empty.hint')}</p>
      <div className={css.files}>
        <a href={hrefOf('learn')} className={css.go}>
          {t('runs.empty.go')}
        </a>
        <ImportButton />
      </div>
      <Portable />
    </section>
  )
}
