/** Builds the engines' test page as the app is built, and serves it with the same isolation headers. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'
import viteConfig from '../../vite.config'

export interface Site {
  readonly url: string
  close(): Promise<void>
}

export async function serveTestPage(): Promise<Site> {
  const outDir = await mkdtemp(join(tmpdir(), 'passepartout-engines-'))
  const { base, worker, preview: served } = viteConfig
  const common = { configFile: false, root: join(import.meta.dirname), logLevel: 'warn', base, worker } as const
  await build({
    ...common,
    publicDir: false,
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false, chunkSizeWarningLimit: 9999 },
  })
  const server = await preview({ ...common, build: { outDir }, preview: { ...served, port: 0, host: 'localhost' } })
  return {
    url: server.resolvedUrls!.local[0]!,
    async close() {
      await server.close()
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
