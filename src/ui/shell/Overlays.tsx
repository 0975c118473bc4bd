/** What can lie over any view: the palette, the sheet of keys, the tour, the files of a run, borders for other pictures. Fetched when first opened. */
import { Suspense, type ComponentType } from 'react'
import { useStore } from 'zustand'
import { closeExport, portableStore } from '../../state/portable'
import { closeShell, shellStore } from '../../state/shell'
import { fetched } from '../common/fetched'
import css from './Failed.module.css'

/** What of the shell's lies over the page; keys are silent until it is left. */
const overlay = (fetch: () => Promise<ComponentType>) =>
  fetched(fetch, { className: css.failed, onDismiss: closeShell })

const Palette = overlay(async () => (await import('./Palette')).Palette)
const KeySheet = overlay(async () => (await import('./KeySheet')).KeySheet)
const Tour = overlay(async () => (await import('./Tour')).Tour)

const TransferDialog = overlay(async () => (await import('../runs/TransferDialog')).TransferDialog)
const ExportDialog = fetched(async () => (await import('../keep/ExportDialog')).ExportDialog, {
  className: css.failed,
  onDismiss: closeExport,
})

export function Overlays() {
  const open = useStore(shellStore, (s) => s.open)
  const exporting = useStore(portableStore, (s) => s.exporting)
  return (
    <Suspense>
      {open === 'palette' && <Palette />}
      {open === 'keys' && <KeySheet />}
      {open === 'tour' && <Tour />}
      {open === 'transfer' && <TransferDialog />}
      {exporting && <ExportDialog record={exporting} />}
    </Suspense>
  )
}
