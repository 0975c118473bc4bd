/** What can lie over any view: the palette, the sheet of keys, the tour. Fetched when first opened. */
import { lazy, Suspense } from 'react'
import { useStore } from 'zustand'
import { shellStore } from '../../state/shell'

const Palette = lazy(async () => ({ default: (await import('./Palette')).Palette }))
const KeySheet = lazy(async () => ({ default: (await import('./KeySheet')).KeySheet }))
const Tour = lazy(async () => ({ default: (await import('./Tour')).Tour }))

export function Overlays() {
  const open = useStore(shellStore, (s) => s.open)
  return (
    <Suspense>
      {open === 'palette' && <Palette />}
      {open === 'keys' && <KeySheet />}
      {open === 'tour' && <Tour />}
    </Suspense>
  )
}
