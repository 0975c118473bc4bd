/** The page's main thread is never busy for long, from a cold load to the end of a run: a trace of the browser tells. */
import { expect, test, type Browser, type TestInfo } from '@playwright/test'
import { PassepartoutPage } from './page'

/** Longest time for which the main thread may be busy without a break. */
const LONGEST_TASK_MS = 50

/**
 * Tasks are measured in processor time, not by the clock: on two cores that learn as well, a task of the page waits for
 * a core now and then, which is not its own doing. Processor time too grows when other programs wear out the caches, by
 * half and more; so a load in which a task took too long is measured anew, at most so many times. What is too long by
 * itself is too long each time.
 */
const LOADS = 5

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
}

interface Task {
  readonly ms: number
  /** The last stage that the test had reached. */
  readonly during: string
}

const MARK = 'passepartout: '

/** Tasks of the page's main thread, milliseconds of processor time, longest first. */
function mainThreadTasks(trace: readonly TraceEvent[]): Task[] {
  const marks = trace.filter(({ name }) => name.startsWith(MARK)).sort((a, b) => a.ts - b.ts)
  const [page] = marks
  expect(page, "the page's thread in the trace").toBeDefined()
  return trace
    .filter(
      ({ name, ph, pid, tid }) => name.endsWith('RunTask') && ph === 'X' && pid === page!.pid && tid === page!.tid,
    )
    .map(({ ts, tdur, dur }) => ({
      ms: (tdur ?? dur ?? 0) / 1000,
      during: marks.findLast((mark) => mark.ts <= ts)?.name.slice(MARK.length) ?? 'loading',
    }))
    .sort((a, b) => b.ms - a.ms)
}

/** Opens the page in a context of its own, with nothing cached, and does what a person does. */
async function tasksOfAVisit(browser: Browser, baseURL: string): Promise<Task[]> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const stage = (name: string) => page.evaluate((mark) => void performance.mark(mark), `${MARK}${name}`)
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel', 'blink.user_timing'] })
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  await stage('choosing')
  await passepartout.chooseSample('shifted')
  await passepartout.setSteps(5)
  await stage('starting')
  await passepartout.start()
  await stage('learning')
  await passepartout.waitFinished(240_000)
  await stage('looking at the result')
  await expect(page.getByTestId('fixed').getByRole('button').first()).toBeVisible()
  const buffer = await browser.stopTracing()
  await context.close()
  return mainThreadTasks((JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] }).traceEvents)
}

test('the main thread is never busy for long, from a cold load to the result', async ({ browser, baseURL }, info) => {
  test.setTimeout(900_000)
  let best: Task[] = []
  for (let load = 0; load < LOADS && !(best[0] && best[0].ms < LONGEST_TASK_MS); load++) {
    const tasks = await tasksOfAVisit(browser, baseURL!)
    expect(tasks.length, 'tasks of the main thread in the trace').toBeGreaterThan(100)
    await report(tasks, info)
    if (!best[0] || tasks[0]!.ms < best[0].ms) best = tasks
  }
  expect(best[0]!.ms, `the longest task, ${best[0]!.during}`).toBeLessThan(LONGEST_TASK_MS)
})

async function report(tasks: readonly Task[], info: TestInfo): Promise<void> {
  await info.attach('longest-tasks', { body: JSON.stringify(tasks.slice(0, 30)), contentType: 'application/json' })
  const longest = tasks.slice(0, 6).map(({ ms, during }) => `${ms.toFixed(1)} (${during})`)
  console.log(`longest tasks of the main thread, ms: ${longest.join(', ')}`)
}
