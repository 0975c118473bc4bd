/**
 * A CLIP ViT-B/32 of true size (random weights) in the built page, on WASM: fetched from a server on this machine, kept, opened
 * again without it, and learned on.
 *   node scripts/run-ts.mjs tools/numbers/true-size-in-page.ts      writes its section of docs/numbers.md
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { preview } from 'vite'
import { HubPage } from '../../e2e/hub-page'
import { tinyZip } from '../../e2e/tiny-task'
import { catalogueEntry } from '../../tests/support/hub-content'
import { serveHub } from '../../tests/support/hub-server'
import { trueSizeClip } from '../../tests/support/true-size-clip'
import { table, writeBlock } from './block'

const ID = 'test/clip-of-true-size'
const TITLE = 'CLIP of true size'
const SHAPE = { imageSize: 224, patchSize: 32, width: 768, layers: 12, tokens: 50, parameters: 151_277_313 }
const BATCH = 4
const STEPS = 4
const PLAIN_FLAGS = ['--no-sandbox']
const PATIENCE_MS = 600_000

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = (path: string) =>
  execFileSync(process.execPath, [join(root, path)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)!

/** Seconds that it took, told at once. */
async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  console.log(`${what}: ${seconds.toFixed(1)} s`)
  return seconds
}

program('scripts/build.mjs')
const executablePath = program('scripts/chromium.mjs')
const server = await preview({ root, configFile: join(root, 'vite.config.ts'), preview: { open: false } })
const address = server.resolvedUrls!.local[0]!
const folder = mkdtempSync(join(tmpdir(), 'true-size-'))
const files = trueSizeClip()
const hub = await serveHub({ [ID]: files }, 0, [catalogueEntry(ID, files, [], { title: TITLE, ...SHAPE })])
const options = { executablePath, args: PLAIN_FLAGS, viewport: { width: 1280, height: 900 } }
const openBrowser = () => chromium.launchPersistentContext(join(folder, 'profile'), options)
let context = await openBrowser()
try {
  const zip = join(folder, 'few.zip')
  writeFileSync(zip, tinyZip('counting', 2, { train: 8, val: 4, test: 4 }))

  let page = new HubPage(context.pages()[0]!, hub, ID)
  await page.page.goto(`${address}?backend=wasm&models=${encodeURIComponent(hub.hub.address)}`)
  await page.waitReady()
  await page.chooseModel()
  await page.fetch.click()
  const fetched = await timed('fetched', () => page.waitModel(`${TITLE}, fp32`, PATIENCE_MS))
  const bytes = Object.values(files).reduce((sum, file) => sum + file.byteLength, 0)

  await hub.close()
  const version = context.browser()?.version() ?? ''
  await context.close()
  context = await openBrowser()
  page = new HubPage(context.pages()[0]!, hub, ID)
  const opened = await timed('opened again', async () => {
    await page.page.goto(`${address}?backend=wasm#learn?batch=${BATCH}`)
    await page.waitModel(`${TITLE}, fp32`, PATIENCE_MS)
  })
  await page.chooseZip(zip)
  await page.page.waitForFunction((rows) => document.querySelectorAll(rows).length === 2, '[data-testid=class-row]')
  await page.waitReady()
  // The number of steps belongs to a task: the address named the sample's.
  await page.setSteps(STEPS)
  const first = await timed('first step', async () => {
    await page.mainButton.click()
    await stepsMade(page, 1)
  })
  const rest = await timed('the other steps', () => stepsMade(page, STEPS))
  const finished = await timed('finished', () => page.waitFinished(PATIENCE_MS))

  const section = [
    '## A CLIP of true size in the page',
    '',
    `${new Date().toISOString().slice(0, 10)}, \`node scripts/run-ts.mjs tools/numbers/true-size-in-page.ts\`, Chromium ${version} without a window, ` +
      `WASM, ${cpus()[0]!.model.trim()}, ${availableParallelism()} cores.`,
    `A ViT-B/32 with random weights, ${(bytes / 1e6).toFixed(0)} MB, seconds by the clock, one run. Fetched: from a server on the same machine, checked and`,
    'kept, to where Start can be pressed. Opened again: in a new browser with that profile, its server gone, from opening the page to',
    `where Start can be pressed. First step: from pressing Start, with reading the model, packing its weights, the check of the gradient`,
    `and zero-shot on validation in it. A step: the mean of the ${STEPS - 1} after it, ${BATCH} images each. Finished: from the last step to the accuracies`,
    'on test, a validation in it.',
    '',
    table(
      ['fetched', 'opened again', 'first step', 'a step', 'finished'],
      [[fetched, opened, first, rest / (STEPS - 1), finished].map((value) => value.toFixed(1))],
    ),
  ]
  await writeBlock('true-size-in-page', section.join('\n'))
} finally {
  await context.close()
  await hub.close().catch(() => undefined)
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)

async function stepsMade(page: HubPage, steps: number): Promise<void> {
  while ((await page.stepsMade()) < steps) await page.page.waitForTimeout(20)
}
