/** Builds a test page of its own as the app is built, and serves it with the app's isolation headers. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

export interface Site {
  readonly url: string
  close(): Promise<void>
}

/** `folder` holds an index.html, `root` the repository's vite.config.ts. */
export async function serveTestPage(folder: string, root: string): Promise<Site> {
  const outDir = await mkdtemp(join(tmpdir(), 'passepartout-page-'))
  await build({
    configFile: false,
    root: folder,
    base: './',
    logLevel: 'error',
    publicDir: false,
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false },
  })
  const server = await preview({
    configFile: join(root, 'vite.config.ts'),
    root: folder,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, strictPort: false, host: 'localhost', open: false },
  })
  return {
    url: server.resolvedUrls!.local[0]!,
    async close() {
      await server.close()
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
