/** Files in: a button for projects and borders, what came of the last one, and the dialog of files out. */
import { lazy, Suspense } from 'react'
import { Button, FileTrigger } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { dismissImport, portableStore, readFile } from '../../state/portable'
import { Alert } from '../common/Alert'
import css from './keep.module.css'

const ExportDialog = lazy(async () => ({ default: (await import('./ExportDialog')).ExportDialog }))

export function ImportButton() {
  const busy = useStore(portableStore, (s) => s.busy !== null)
  return (
    <FileTrigger
      acceptedFileTypes={['.zip', '.safetensors', '.tar', '.pth', '.pt']}
      onSelect={(files) => {
        const file = files?.[0]
        if (file) void readFile(file)
      }}
    >
      <Button className={css.quiet} isDisabled={busy} data-testid="import">
        {t('keep.import')}
      </Button>
    </FileTrigger>
  )
}

export function Portable() {
  const { exporting, said, trouble } = useStore(portableStore)
  return (
    <>
      {!exporting && trouble && <Alert trouble={trouble} onDismiss={dismissImport} />}
      {said.length > 0 && (
        <div className={css.said} role="status" data-testid="imported">
          {said.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
      <Suspense>{exporting && <ExportDialog record={exporting} />}</Suspense>
    </>
  )
}
