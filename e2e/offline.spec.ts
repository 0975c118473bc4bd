/**
 * Without a network: after one visit the page opens, reads its model (a hub's too) and its images, and learns, with its server
 * gone. And on a host that sends no headers the page becomes cross-origin isolated by itself, or learns without that.
 */
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { catalogueEntry, stampFiles } from '../tests/support/hub-content'
import { serveHub } from '../tests/support/hub-server'
import { HubPage } from './hub-page'
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

const ID = 'test/stamp-of-the-hub'
const TITLE = 'Stamp of the hub'

test('one visit to a plain static host is enough: isolated, and learning with host and hub gone', async ({ page }) => {
  const files = stampFiles()
  const hub = await serveHub({ [ID]: files }, 0, [catalogueEntry(ID, files, [], { title: TITLE })])
  const { server, address } = await staticHost()
  const view = new HubPage(page, hub, ID)
  try {
    await page.goto(`${address}?backend=wasm&models=${encodeURIComponent(hub.hub.address)}`)
    // It reloads itself once, to be isolated.
    await expect(page.locator('html[data-offline=ready]')).toBeAttached({ timeout: 120_000 })
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    const policy = await page.evaluate(async () => (await fetch('./index.html')).headers.get('Content-Security-Policy'))
    expect(policy).toContain("default-src 'none'")
    await view.waitReady()
    await view.chooseModel()
    await view.fetch.click()
    await view.waitModel(`${TITLE}, fp32`)
  } finally {
    await hub.close()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  await expect(fetch(address)).rejects.toThrow()

  await page.reload()
  await view.waitModel(`${TITLE}, fp32`)
  await view.chooseModel()
  await view.expectState('here')
  await page.keyboard.press('Escape')
  await page.getByTestId('step-button').click()
  await view.waitStatus('paused')
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)

  await page.getByTestId('reset-run').click()
  await view.chooseModel()
  await page.getByTestId('use-stamp').click()
  await view.waitModel(/^Stamp ·/)
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
