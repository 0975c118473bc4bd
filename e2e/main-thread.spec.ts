/** The page's main thread is never busy for long while the lab learns: a trace of the browser tells. */
import { expect, test } from '@playwright/test'
import { openShortRun } from './short-run'

/** Longest time for which the main thread may be busy without a break. */
const LONGEST_TASK_MS = 50

// Playwright's own recorder works on the main thread too.
test.use({ trace: 'off' })

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: start, length by the clock, and time that the thread had a processor. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** Tasks of the page's main thread in a trace, milliseconds of processor time, longest first. */
function mainThreadTasks(trace: readonly TraceEvent[], pageThread: TraceEvent): number[] {
  const tasks = trace.filter(
    ({ name, ph, pid, tid }) =>
      name.endsWith('RunTask') && ph === 'X' && pid === pageThread.pid && tid === pageThread.tid,
  )
  return tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000).sort((a, b) => b - a)
}

test('the main thread is never busy for long while the lab learns', async ({ page, browser }, info) => {
  const passepartout = await openShortRun(page, info, 20)
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel', 'blink.user_timing'] })
  await page.evaluate(() => performance.mark('passepartout-here'))
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  const buffer = await browser.stopTracing()

  const { traceEvents } = JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] }
  const here = traceEvents.find(({ name }) => name === 'passepartout-here')
  expect(here, "the page's thread in the trace").toBeDefined()
  const tasks = mainThreadTasks(traceEvents, here!)
  expect(tasks.length, 'tasks of the main thread in the trace').toBeGreaterThan(100)
  await info.attach('longest-tasks-ms', { body: JSON.stringify(tasks.slice(0, 20)), contentType: 'application/json' })
  console.log(
    `longest tasks of the main thread, ms: ${tasks
      .slice(0, 5)
      .map((ms) => ms.toFixed(1))
      .join(' ')}`,
  )
  expect(tasks[0]).toBeLessThan(LONGEST_TASK_MS)
})
