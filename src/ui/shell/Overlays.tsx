/** What can lie over any view: the palette, the sheet of keys, the tour, the files of a run, borders for other pictures. Fetched when first opened. */
import { lazy, Suspense } from 'react'
import { useStore } from 'zustand'
import { portableStore } from '../../state/portable'
import { shellStore } from '../../state/shell'

const Palette = lazy(async () => ({ default: (await import('./Palette')).Palette }))
const KeySheet = lazy(async () => ({ default: (await import('./KeySheet')).KeySheet }))
const Tour = lazy(async () => ({ default: (await import('./Tour')).Tour }))

const TransferDialog = lazy(async () => ({ default: (await import('../runs/TransferDialog')).TransferDialog }))
const ExportDialog = lazy(async () => ({ default: (await import('../keep/ExportDialog')).ExportDialog }))

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
