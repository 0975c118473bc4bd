/** The page as it is served, and a Chromium with a profile of its own, which can be killed like a crash would. */
import { chromium, type BrowserContext, type Page } from '@playwright/test'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preview } from 'vite'

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
  /** Pixels of the screen to one of the page. */
  readonly scale?: number
}

export interface Browser {
  /** A tab in the same profile; a look that differs from the last opens the browser anew. */
  open(look?: Look): Promise<Page>
  /** Ends the browser without a word to the page. */
  kill(): Promise<void>
  end(): Promise<void>
}

export async function openBrowser(): Promise<Browser> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
  const executablePath = execFileSync(process.execPath, ['scripts/chromium.mjs'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)!
  const server = await preview({ configFile: 'vite.config.ts', logLevel: 'warn' })
  const baseURL = server.resolvedUrls!.local[0]!
  const profile = mkdtempSync(join(tmpdir(), 'passepartout-pictures-'))
  let context: BrowserContext | null = null
  let shown = ''

  const close = async () => {
    await context?.close()
    context = null
  }
  return {
    async open({ width = 1280, height = 900, colorScheme = 'light', scale = 1 } = {}) {
      const look = JSON.stringify({ width, height, colorScheme, scale })
      if (look !== shown) await close()
      shown = look
      context ??= await chromium.launchPersistentContext(profile, {
        ...{ executablePath, baseURL, colorScheme },
        args: ['--no-sandbox'],
        viewport: { width, height },
        deviceScaleFactor: scale,
      })
      const page = await context.newPage()
      page.on('pageerror', ({ message }) => console.log(`The page threw: ${message}`))
      return page
    },
    async kill() {
      const gone = new Promise((resolve) => context?.once('close', resolve))
      // Its first process is the one that was started with the profile and is nobody's child within it.
      const [first] = spawnSync('pgrep', ['-f', '--', `--user-data-dir=${profile}`], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean)
        .map(Number)
      process.kill(first!, 'SIGKILL')
      await gone
      context = null
    },
    async end() {
      await close()
      await server.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** As a link in the page does: a navigation with another query would load it anew. */
export const openView = (page: Page, view: string): Promise<void> =>
  page.evaluate((hash) => {
    location.hash = hash
  }, view)
