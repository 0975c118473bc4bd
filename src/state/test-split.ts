/** The test split of a set of images is not shown, in no view, while a run that is yet to be measured by it goes on. */
import { isActive, runStore } from './run'
import { taskStore } from './task'

/** Whether nothing measured on the test split of these images may be shown now. */
export function testIsClosed(fingerprint: string): boolean {
  return isActive(runStore.getState().status) && taskStore.getState().info?.fingerprint === fingerprint
}

/** Calls back when `testIsClosed` may have changed. Returns the undoing. */
export function followTestSplit(listener: () => void): () => void {
  const undo = [
    runStore.subscribe((now, before) => {
      if (isActive(now.status) !== isActive(before.status)) listener()
    }),
    taskStore.subscribe((now, before) => {
      if (now.info !== before.info) listener()
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
