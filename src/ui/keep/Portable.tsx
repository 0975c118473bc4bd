/** Files in: a button for projects and borders, what came of the last one, and the dialog of files out; the table of all runs. */
import { lazy, Suspense } from 'react'
import { Button, FileTrigger } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { say } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { dismissImport, portableStore, readFile, writeFile } from '../../state/portable'
import { testIsClosed } from '../../state/test-split'
import { Alert } from '../common/Alert'
import { saveFile } from '../common/saveFile'
import css from './keep.module.css'

const ExportDialog = lazy(async () => ({ default: (await import('./ExportDialog')).ExportDialog }))

export function ImportButton() {
  const busy = useStore(portableStore, (s) => s.busy)
  return (
    <FileTrigger
      acceptedFileTypes={['.zip', '.safetensors', '.tar', '.pth', '.pt']}
      onSelect={(files) => {
        const file = files?.[0]
        if (file) void readFile(file)
      }}
    >
      <Button
        className={css.quiet}
        isPending={busy === 'import'}
        isDisabled={busy !== null && busy !== 'import'}
        data-testid="import"
      >
        {t('keep.import')}
      </Button>
    </FileTrigger>
  )
}

/** Every run with its numbers as a row; not while some of them are closed. */
export function TableButton({ records }: { readonly records: readonly RunRecord[] }) {
  const busy = useStore(portableStore, (s) => s.busy)
  const closed = records.some(({ outcome, task }) => outcome && testIsClosed(task.fingerprint))
  const save = async () => {
    const file = await writeFile(records, 'runs.csv')
    if (file) saveFile(file.name, 'text/csv', file.bytes as Uint8Array<ArrayBuffer>)
  }
  return (
    <span title={closed ? t('keep.table.busy') : undefined}>
      <Button
        className={css.quiet}
        isPending={busy === 'runs.csv'}
        isDisabled={(busy !== null && busy !== 'runs.csv') || closed || records.length === 0}
        onPress={() => void save()}
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
      <Suspense>{exporting && <ExportDialog record={exporting} />}</Suspense>
    </>
  )
}
