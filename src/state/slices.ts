/** Long work in slices: a generator is driven for a few milliseconds at a time, and the page draws and listens in between. */

const SLICE_MS = 8

/** The generator's result; null when it was called off. */
export async function inSlices<T>(work: Generator<unknown, T>, wanted: () => boolean = () => true): Promise<T | null> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    while (performance.now() < end) {
      const step = work.next()
      if (step.done) return step.value
    }
    await new Promise((resolve) => setTimeout(resolve))
    if (!wanted()) return null
  }
}
