/** Files in: a button for projects and borders, and what came of the last one; the table of all runs. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { say } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { perform } from '../../state/actions'
import { dismissImport, portableStore } from '../../state/portable'
import { testIsClosed } from '../../state/test-split'
import { Alert } from '../common/Alert'
import css from './keep.module.css'
import { saveExport } from './saveExport'

export function ImportButton() {
  const busy = useStore(portableStore, (s) => s.busy)
  return (
    <Button
      className={css.quiet}
      isPending={busy === 'import'}
      isDisabled={busy !== null && busy !== 'import'}
      onPress={() => perform('files.import')}
      data-testid="import"
    >
      {t('keep.import')}
    </Button>
  )
}

/** Every run with its numbers as a row; not while some of them are closed. */
export function TableButton({ records }: { readonly records: readonly RunRecord[] }) {
  const busy = useStore(portableStore, (s) => s.busy)
  const closed = records.some(({ outcome, task }) => outcome && testIsClosed(task.fingerprint))
  return (
    <span title={closed ? t('keep.table.busy') : undefined}>
      <Button
        className={css.quiet}
        isPending={busy === 'runs.csv'}
        isDisabled={(busy !== null && busy !== 'runs.csv') || closed || records.length === 0}
        onPress={() => void saveExport(records, 'runs.csv')}
        data-testid="runs-csv"
      >
        {t('keep.table')}
      </Button>
    </span>
  )
}

export function Portable() {
  const { exporting, brought, trouble } = useStore(portableStore)
  return (
    <>
      {!exporting && trouble && <Alert trouble={trouble} onDismiss={dismissImport} />}
      {brought && (
        <div className={css.said} role="status" data-testid="imported">
          <p>{t('keep.imported', { name: brought.name, count: count(brought.runs) })}</p>
          {brought.warnings.map(say).map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
    </>
  )
}
