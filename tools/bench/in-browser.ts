/** The engines of the page, timed in a Chromium. On a software adapter WebGPU gets two images and no large model. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { CHROMIUM_FLAGS } from '../../e2e/flags'
import { serveTestPage } from '../../e2e/runtime/site'
import { VIT_64, type BenchModel } from './models'
import type { Order } from './page/worker'
import type { Row } from './row'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SOFTWARE_BATCH = 2

export async function benchInBrowser(bench: BenchModel, batch: number, rounds: number): Promise<Row[]> {
  const printed = execFileSync(process.execPath, [join(root, 'scripts/chromium.mjs')], { encoding: 'utf8' })
  const executablePath = printed.trim().split('\n').at(-1)!
  const site = await serveTestPage(join(root, 'tools/bench/page'), root)
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
  try {
    const { name: model, imageSize, dimensions } = bench
    const order = { model, rounds, imageSize, dimensions, tower: null }
    const { image, projection } = VIT_64
    const peers = { model: 'vit-64 (random weights)', rounds, imageSize: image, dimensions: projection, tower: VIT_64 }
    const orders: Order[] = [
      { ...order, backend: 'wasm', batch },
      { ...order, backend: 'webgpu', batch: SOFTWARE_BATCH },
      { ...peers, backend: 'webgpu', batch: SOFTWARE_BATCH },
    ]
    const rows: Row[] = []
    for (const each of orders) {
      const page = await browser.newPage()
      await page.goto(site.url)
      rows.push(...((await page.evaluate((o) => globalThis.bench(o), each)) as Row[]))
      await page.close()
    }
    return rows
  } finally {
    await browser.close()
    await site.close()
  }
}
