/**
 * Finds a Chromium that starts: CHROMIUM_PATH, else the system's, else Playwright's own download, else, as root on
 * Debian and its kin, the package `chromium`. Also a program that prints the path: node scripts/chromium.mjs
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, stop } from './setup.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const FIXED_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]
const REMEDY =
  'Install Chromium or Chrome (on Debian: `apt install chromium`), or name one with CHROMIUM_PATH=/path/to/chrome.'

/** A browser that lies there but lacks a shared library is none. Chrome on Windows prints no version: there it counts. */
function starts(path) {
  if (!existsSync(path)) return false
  if (process.platform === 'win32') return true
  return spawnSync(path, ['--version'], { timeout: 30_000, stdio: 'ignore' }).status === 0
}

function onSystem() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...places, ...FIXED_PLACES].find(starts)
}

async function fromPlaywright() {
  const { chromium } = await import('@playwright/test')
  if (starts(chromium.executablePath())) return chromium.executablePath()
  console.log("No Chromium on this system: fetching Playwright's own (some 150 MB, once) ...")
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js')
  const download = spawnSync(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 10 * 60_000,
    env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' },
  })
  if (download.status !== 0) console.log(/^Error: .*$/m.exec(download.stderr)?.[0] ?? 'The download did not end.')
  return starts(chromium.executablePath()) ? chromium.executablePath() : undefined
}

function fromDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  console.log("Playwright's Chromium is not to be had or does not start: installing Debian's package ...")
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 10 * 60_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options)
  return onSystem()
}

/** Path of a Chromium that starts; ends the program with a remedy where there is none. */
export async function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') {
    if (starts(named)) return named
    stop(`CHROMIUM_PATH names ${named}, which is not there or does not start.`, REMEDY)
  }
  const found = onSystem() ?? (await fromPlaywright()) ?? fromDebian()
  if (found === undefined) stop('There is no Chromium for the browser tests on this machine.', REMEDY)
  return found
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await findChromium())
