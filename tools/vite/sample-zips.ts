/**
 * Vite plugin: the sample tasks lie in the repository as ordinary image folders, and the page fetches each as one file,
 * `samples/<id>.zip`, since thousands of requests for small pictures take longer than the pictures.
 *
 * The development server packs on request; a build packs once, leaves the single pictures out of the output, and puts beside
 * each zip what is known of its pictures before they are read (src/data/sample-facts.ts).
 */
import { zipSync, type Zippable } from 'fflate'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runnerImport, type Plugin } from 'vite'

/** Pictures are compressed already, so they are only stored; a fixed date gives the same bytes on every machine. */
const ZIP = { level: 0, mtime: new Date(1980, 0, 1) } as const

/** Identifiers of the samples in `folder`: its subfolders. */
export function sampleIds(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
}

/** The files of one sample, paths relative to its folder (`test/three/0001.png`), as one stored zip. */
export function packSample(folder: string): Uint8Array {
  const files: Zippable = {}
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
  for (const path of paths.sort()) files[relative(folder, path).split(sep).join('/')] = readFileSync(path)
  return zipSync(files, ZIP)
}

export function sampleZips(): Plugin {
  let publicDir = ''
  let building = false
  return {
    name: 'sample-zips',
    // The plugin copies the public folder itself, without the samples' single pictures.
    config: () => ({ build: { copyPublicDir: false } }),
    configResolved(config) {
      publicDir = config.publicDir
      building = config.command === 'build' && config.build.write
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const id = /\/samples\/([\w-]+)\.zip(?:\?|$)/.exec(request.url ?? '')?.[1]
        const samples = join(publicDir, 'samples')
        if (id === undefined || !sampleIds(samples).includes(id)) {
          next()
          return
        }
        response.setHeader('Content-Type', 'application/zip')
        response.end(packSample(join(samples, id)))
      })
    },
    async writeBundle({ dir }) {
      if (!building || dir === undefined || !existsSync(publicDir)) return
      const samples = join(publicDir, 'samples')
      const ids = sampleIds(samples)
      const folders = new Set(ids.map((id) => join(samples, id)))
      await cp(publicDir, dir, { recursive: true, filter: (path) => !folders.has(path) })
      await mkdir(join(dir, 'samples'), { recursive: true })
      // Imported when it is wanted: all that it imports need not be read for every start of Vite.
      const facts = fileURLToPath(new URL('../../src/data/sample-facts.ts', import.meta.url))
      const { module } = await runnerImport<typeof import('../../src/data/sample-facts')>(facts, { configFile: false })
      for (const id of ids) {
        const zip = packSample(join(samples, id))
        await writeFile(join(dir, 'samples', `${id}.zip`), zip)
        const known = await module.sampleFacts(`${id}.zip`, zip)
        await writeFile(join(dir, 'samples', `${id}.facts.json`), JSON.stringify(known))
      }
    },
  }
}
