/**
 * Vite plugin: makes the built page installable and usable offline. Builds the service worker beside the page, tells it which
 * files to keep from the start, and writes the Content-Security-Policy into the page for hosts that send no headers.
 *
 * PASSEPARTOUT_MIRRORS names further origins that models may be fetched from, separated by spaces.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Plugin, Rolldown } from 'vite'
import { contentSecurityPolicy, ISOLATION } from '../../src/offline/headers.ts'

const WORKER = 'service-worker'

/** Fetched by every visit. ONNX Runtime's WASM comes in three builds, of which a browser needs one, and samples are large. */
const KEPT = /\.(html|js|mjs|css|json|onnx|webmanifest|svg)$|^icons\/|^samples\/[^/]+\.png$/

export const mirrors = (): string[] => (process.env.PASSEPARTOUT_MIRRORS ?? '').split(/\s+/).filter((one) => one !== '')

/** For the server of the built page. The development server needs scripts that the policy forbids. */
export const servedHeaders = () => ({ ...ISOLATION, 'Content-Security-Policy': contentSecurityPolicy(mirrors()) })

export function offline(): Plugin {
  let publicDir = ''
  return {
    name: 'offline',
    apply: 'build',
    config: () => ({
      build: {
        rolldownOptions: {
          input: { index: 'index.html', [WORKER]: 'src/offline/service-worker.ts' },
          output: { entryFileNames: ({ name }) => (name === WORKER ? `${WORKER}.js` : 'assets/[name]-[hash].js') },
        },
      },
    }),
    configResolved(config) {
      ;({ publicDir } = config)
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy(mirrors()) },
        injectTo: 'head-prepend',
      },
    ],
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[`${WORKER}.js`]
        if (worker?.type !== 'chunk') throw new Error('the service worker was not built')
        if (worker.imports.length > 0) throw new Error(`the service worker shares code: ${worker.imports.join()}`)
        const entries = [...built(bundle), ...ofPublicFolder(publicDir)].filter(({ url }) => KEPT.test(url))
        worker.code = worker.code
          .replace(/\b__PRECACHE__\b/, JSON.stringify(entries.sort((a, b) => (a.url < b.url ? -1 : 1))))
          .replace(/\b__MIRRORS__\b/, JSON.stringify(mirrors()))
      },
    },
  }
}

interface Entry {
  readonly url: string
  /** null: the name itself changes with the content. */
  readonly revision: string | null
}

function built(bundle: Rolldown.OutputBundle): Entry[] {
  return Object.values(bundle)
    .filter(({ fileName }) => fileName !== `${WORKER}.js`)
    .map((one) => ({
      url: one.fileName,
      revision: one.fileName.startsWith('assets/') ? null : revision(one.type === 'chunk' ? one.code : one.source),
    }))
}

/** The samples' single pictures are packed (`sample-zips.ts`), and not in the built page. */
function ofPublicFolder(folder: string): Entry[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/^samples[/\\][^/\\]+[/\\]/.test(relative(folder, path)))
    .map((path) => ({ url: relative(folder, path).split(sep).join('/'), revision: revision(readFileSync(path)) }))
}

const revision = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex').slice(0, 16)
