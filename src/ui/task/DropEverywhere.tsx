/** A folder let go anywhere on the page is opened, unless the place it falls on takes drops of its own. */
import { useEffect, useState } from 'react'
import { t } from '../../i18n/t'
import { routeStore } from '../../state/route'
import css from './DropEverywhere.module.css'
import { mayOpen, takeDrop } from './takeFiles'

export function DropEverywhere() {
  const [over, setOver] = useState(false)
  useEffect(() => {
    let leaving: ReturnType<typeof setTimeout> | undefined
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      clearTimeout(leaving)
      setOver(mayOpen())
      // No event says that the drag has left the window: one that is over comes again and again.
      leaving = setTimeout(() => setOver(false), 250)
    }
    const onDrop = (event: DragEvent) => {
      setOver(false)
      if (!hasFiles(event)) return
      event.preventDefault()
      if (event.dataTransfer && mayOpen()) void takeDrop(event.dataTransfer)
    }
    window.addEventListener('dragover', onOver)
    window.addEventListener('drop', onDrop)
    return () => {
      clearTimeout(leaving)
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('drop', onDrop)
    }
  }, [])
  if (!over) return null
  return (
    <div className={css.over} aria-hidden="true">
      <p>{t('own.dropNow')}</p>
    </div>
  )
}

/**
 * Not a class that is dragged to another place, not what another element has taken already, and not where single pictures
 * are tried: one that falls beside its place must not become the pictures to learn from.
 */
const hasFiles = (event: DragEvent): boolean =>
  !event.defaultPrevented &&
  routeStore.getState().view !== 'try' &&
  (event.dataTransfer?.types.includes('Files') ?? false)
