/** The screen stays awake while something is learned or measured in a page that is seen, where the browser allows it. */
import { runStore, type RunStatus } from './run'
import { isStudying, studyStore } from './study-store'

const wants = (status: RunStatus): boolean => status === 'learning' || status === 'testing' || status === 'recovering'

/** Returns the undoing. */
export function followWake(): () => void {
  const { wakeLock } = globalThis.navigator ?? {}
  if (!wakeLock) return () => undefined
  let lock: WakeLockSentinel | null = null
  let asking = false
  const needed = () => (wants(runStore.getState().status) || isStudying()) && document.visibilityState === 'visible'

  const settle = async () => {
    if (asking) return
    if (!needed()) {
      const held = lock
      lock = null
      await held?.release()
      return
    }
    if (lock && !lock.released) return
    asking = true
    try {
      lock = await wakeLock.request('screen')
    } catch {
      // Low battery, or the person does not allow it: the screen sleeps, and learning goes on.
      return
    } finally {
      asking = false
    }
    if (!needed()) await settle()
  }
  const go = () => void settle()
  const undo = [
    runStore.subscribe((now, before) => {
      if (wants(now.status) !== wants(before.status)) go()
    }),
    studyStore.subscribe((now, before) => {
      if (isStudying(now) !== isStudying(before)) go()
    }),
  ]
  // A browser lets go of it by itself when the page is hidden.
  document.addEventListener('visibilitychange', go)
  return () => {
    for (const one of undo) one()
    document.removeEventListener('visibilitychange', go)
    void lock?.release()
  }
}
