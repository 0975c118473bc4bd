/** Builds the page into dist/ where its sources have changed since the last time. Also a program: node scripts/build.mjs */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, stop } from './setup.mjs'

const SOURCES = ['index.html', 'gallery.html', 'package-lock.json', 'vite.config.ts', 'public', 'src', 'tools/vite']
const RECORD = join(root, 'node_modules', '.cache', 'passepartout', 'built-from')

/** A fingerprint of everything that the built page is made of: paths, sizes and times of change. */
function fingerprint() {
  const hash = createHash('sha256')
  const add = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name))
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
  }
  for (const name of SOURCES) add(join(root, name))
  return hash.digest('hex')
}

/** Builds into dist/ unless dist/ was built from exactly these sources. */
export async function buildIfNeeded() {
  const now = fingerprint()
  const built = existsSync(join(root, 'dist', 'index.html')) && existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : ''
  if (built === now) return
  console.log('Building the page ...')
  const started = Date.now()
  const { build } = await import('vite')
  const environment = process.env.NODE_ENV // which Vite sets, and which what is started next would inherit
  try {
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' })
  } catch (error) {
    console.error(error)
    stop('The page could not be built.', 'The message above names the file; mend it and run the command again.')
  }
  if (environment === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = environment
  mkdirSync(dirname(RECORD), { recursive: true })
  writeFileSync(RECORD, now)
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildIfNeeded()
