/**
 * How long a person waits: the built page in a Chromium without a GPU, from opening to the end of a `quick` run on WASM.
 *   node scripts/run-ts.mjs tools/numbers/in-page.ts      writes its section of docs/numbers.md
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from '@playwright/test'
import { preview } from 'vite'

import { PassepartoutPage } from '../../e2e/page'
import { table, writeBlock } from './block'

const RUNS = 3
/** The browser as it comes: the software adapter of the tests would draw the page, too, on the cores that learn. */
const PLAIN_FLAGS = ['--no-sandbox']

const seconds = (since: number) => (performance.now() - since) / 1000

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = (path: string) =>
  execFileSync(process.execPath, [join(root, path)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)!

program('scripts/build.mjs')
const executablePath = program('scripts/chromium.mjs')
const server = await preview({ root, configFile: join(root, 'vite.config.ts'), preview: { open: false } })
const browser = await chromium.launch({ executablePath, args: PLAIN_FLAGS })
try {
  const rows: string[][] = []
  for (let seed = 1; seed <= RUNS; seed++) rows.push([`${seed}`, ...(await measureRun(browser, seed))])
  const section = [
    '## A run on the page, as a person waits for it',
    '',
    `${new Date().toISOString().slice(0, 10)}, \`node scripts/run-ts.mjs tools/numbers/in-page.ts\`, Chromium ${browser.version()} without a window, ` +
      `WASM, ${cpus()[0]!.model.trim()}, ${availableParallelism()} cores.`,
    'The default task with recipe `quick`, seconds by the clock. Ready: from opening the page to where Start can be pressed,',
    'nothing cached. First step: from pressing Start to the first step done, zero-shot on validation among it. Learned: from',
    'pressing Start to the last step done, with all validations. Finished: to the accuracies on test. Again: a second visit of',
    'the same browser, which has the page and the pictures.',
    '',
    table(
      [
        ...['seed', 'ready', 'first step', 'learned', 'finished', 'zero-shot on test, %', 'prompted, %'],
        ...['ready, again', 'first step, again'],
      ],
      rows,
    ),
  ]
  await writeBlock('in-page', section.join('\n'))
} finally {
  await browser.close()
  await server.close()
}
process.exit(0)

/** Opens the page and starts a run; seconds to ready, and from there to the first step. */
async function start(page: Page, seed: number): Promise<{ ready: number; firstStep: number; pressed: number }> {
  const ours = new PassepartoutPage(page)
  const opened = performance.now()
  await page.goto(`${server.resolvedUrls!.local[0]!}?backend=wasm`)
  await ours.waitReady()
  const ready = seconds(opened)
  await ours.setSeed(seed)
  const pressed = performance.now()
  await ours.mainButton.click()
  while ((await ours.stepsMade()) === 0) await page.waitForTimeout(20)
  return { ready, firstStep: seconds(pressed), pressed }
}

/** Seconds to ready, first step, learned and finished; both accuracies; ready and first step of a second visit. */
async function measureRun(browser: Browser, seed: number): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const ours = new PassepartoutPage(page)
  const { ready, firstStep, pressed } = await start(page, seed)
  await ours.waitStatus('testing', 600_000)
  const learned = seconds(pressed)
  await ours.waitFinished(600_000)
  const finished = seconds(pressed)
  const { zeroShot, prompted } = await ours.accuracies()
  await page.close()
  const again = await start(await context.newPage(), seed + RUNS)
  await context.close()
  const figures = [
    ...[ready, firstStep, learned, finished, 100 * zeroShot, 100 * prompted],
    ...[again.ready, again.firstStep],
  ].map((value) => value.toFixed(1))
  console.log(figures.join('  '))
  return figures
}
