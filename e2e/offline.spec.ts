/**
 * Without a network: after one visit the page opens, reads its model and its images, and learns, with its server gone. And on
 * a host that sends no headers the page becomes cross-origin isolated by itself, or learns without that.
 */
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { PassepartoutPage } from './page'
import { openShortRun } from './short-run'

test.use({ serviceWorkers: 'allow' })

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

/** A static host as plain as they come: files and their types, no header besides, under a folder. */
async function staticHost(): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    const path = pathname.replace(/^\/some\/folder\//, '')
    const file = join(DIST, path === '' ? 'index.html' : path)
    readFile(file).then(
      (bytes) =>
        response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  return { server, address: `http://localhost:${port}/some/folder/` }
}

test('one visit to a plain static host is enough: isolated, and learning with the host gone', async ({ page }) => {
  const { server, address } = await staticHost()
  try {
    await page.goto(`${address}?backend=wasm`)
    // It reloads itself once, to be isolated.
    await expect(page.locator('html[data-offline=ready]')).toBeAttached({ timeout: 120_000 })
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    const policy = await page.evaluate(async () => (await fetch('./index.html')).headers.get('Content-Security-Policy'))
    expect(policy).toContain("default-src 'none'")
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  await expect(fetch(address)).rejects.toThrow()

  await page.reload()
  const view = new PassepartoutPage(page)
  await view.waitReady()
  await page.getByTestId('step-button').click()
  await expect(page.getByTestId('run')).toHaveAttribute('data-status', 'paused', { timeout: 120_000 })
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
})

test('a plain static host and no service worker: not isolated, said so, and learning on one thread', async ({
  page,
}, info) => {
  const { server, address } = await staticHost()
  try {
    // As in private windows of some browsers.
    await page.addInitScript('delete Navigator.prototype.serviceWorker')
    const view = await openShortRun(page, info, 2, { path: address })
    expect(await page.evaluate(() => [crossOriginIsolated, 'serviceWorker' in navigator])).toEqual([false, false])
    const engine = page.getByTestId('engine')
    await expect(engine).toContainText('WASM, 1 thread · ')
    await expect(engine).toContainText('the page is not cross-origin isolated')
    await view.start()
    await view.waitFinished(240_000)
    expect(await view.stepsMade()).toBe(2)
    await expect(view.alert).toHaveCount(0)
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})
