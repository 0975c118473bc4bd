/** Browser tests: the built page, served with its isolation headers, in a Chromium with a software WebGPU adapter. */
import { defineConfig } from '@playwright/test'
import { CHROMIUM_FLAGS } from './e2e/flags'

const port = process.env.PASSEPARTOUT_TEST_PORT ?? '4174'
const executablePath = process.env.CHROMIUM_PATH
const baseURL = `http://localhost:${port}/`

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/browser',
  // Snapshots are texts, the same on every system.
  snapshotPathTemplate: '{testDir}/snapshots/{testFileName}/{arg}{ext}',
  reporter: [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  globalSetup: './e2e/adapter.ts',
  forbidOnly: Boolean(process.env.CI),
  // A test that passes on its second try has failed. One at a time: each takes all cores for learning.
  retries: 0,
  workers: 1,
  timeout: 300_000,
  use: {
    baseURL,
    viewport: { width: 1280, height: 900 },
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: CHROMIUM_FLAGS },
    // CI shows only texts; what it would cost there is some minutes.
    screenshot: process.env.CI ? 'off' : 'on',
    // Requests that a service worker answers cannot be watched or broken; offline.spec.ts lets it in.
    serviceWorkers: 'block',
    trace: { mode: process.env.CI ? 'off' : 'retain-on-failure', screenshots: false, snapshots: true },
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --port ${port} --strictPort`,
    url: baseURL,
    timeout: 30_000,
  },
})
