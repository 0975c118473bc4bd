/** Whether the page is dark; canvases cannot read the style sheet themselves. */
import { useSyncExternalStore } from 'react'
import { appearanceStore, DARK_QUERY, isDark } from '../../state/appearance'

function follow(listener: () => void): () => void {
  const media = window.matchMedia(DARK_QUERY)
  media.addEventListener('change', listener)
  const undo = appearanceStore.subscribe(listener)
  return () => {
    media.removeEventListener('change', listener)
    undo()
  }
}

export const useDark = (): boolean => useSyncExternalStore(follow, isDark)
