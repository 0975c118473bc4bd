/**
 * Work that need not be done in the task that asks for it: each piece gets a task of its own, one after the other, so
 * that together they never hold the page for long. Timers, not animation frames: a hidden page has none.
 */
let last: Promise<void> = Promise.resolve()

/** Returns the work's taking back, which does nothing once it has been done. */
export function inTurn(work: () => void): () => void {
  let wanted = true
  last = last.then(
    () =>
      new Promise((done) => {
        setTimeout(() => {
          done() // first: what goes wrong in one piece does not keep the next from its turn
          if (wanted) work()
        })
      }),
  )
  return () => {
    wanted = false
  }
}
