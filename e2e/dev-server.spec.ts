/** `npm run dev` on a fresh clone: the page comes up once, without reloads for dependencies that were found late. */
import { expect, test } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'vite'
import { PassepartoutPage } from './page'

test('the development server does not reload the page when its cache is cold', async ({ page }) => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'passepartout-vite-'))
  const server = await createServer({
    configFile: 'vite.config.ts',
    cacheDir,
    logLevel: 'error',
    server: { port: 0, host: 'localhost', open: false },
  })
  let loads = 0
  page.on('domcontentloaded', () => loads++)
  try {
    await server.listen()
    // Until engine, model and sample are there: all that the page and its worker import has been asked for.
    await new PassepartoutPage(page).open({ backend: 'wasm', path: server.resolvedUrls!.local[0]! })
    expect(loads).toBe(1)
  } finally {
    await server.close()
    await rm(cacheDir, { recursive: true, force: true })
  }
})
