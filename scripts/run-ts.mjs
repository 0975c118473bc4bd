/**
 * Runs a TypeScript program of this repository in Node: node scripts/run-ts.mjs ENTRY [arguments...]
 *
 * Node 20 reads no TypeScript, and tfjs-core must exist once for its gradients to be found, so the entry is bundled
 * (rolldown, well under a second) and the bundle run in this process. Native and self-locating packages stay outside.
 */
import { mkdirSync, readdirSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'rolldown'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'node_modules', '.cache', 'run-ts')

const [entry, ...rest] = process.argv.slice(2)
if (entry === undefined) {
  console.error('Which program? node scripts/run-ts.mjs ENTRY [arguments...]')
  process.exit(2)
}

/** A file that says where it lies must still say so from inside the bundle. */
const keepImportMetaUrl = {
  name: 'keep-import-meta-url',
  transform: {
    filter: { id: { include: /\.tsx?$/, exclude: /node_modules/ }, code: 'import.meta.url' },
    handler: (code, id) => ({
      code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
      map: null, // lines stay where they were
    }),
  },
}

mkdirSync(folder, { recursive: true })
const dayMs = 24 * 3600 * 1000
for (const name of readdirSync(folder)) {
  const old = join(folder, name)
  if (Date.now() - statSync(old, { throwIfNoEntry: false })?.mtimeMs > dayMs) rmSync(old, { force: true })
}

const file = join(folder, `${basename(entry, extname(entry))}-${process.pid}.mjs`)
await build({
  input: resolve(entry),
  platform: 'node',
  external: [/^onnxruntime-(node|web|common)(\/|$)/, 'sharp', 'vite', /^@?playwright/, '@bufbuild/buf'],
  // `module` before `main`, and no `browser` field: otherwise two copies of tfjs-core are bundled, or `util` is a stub.
  resolve: { mainFields: ['module', 'main'], aliasFields: [] },
  plugins: [keepImportMetaUrl],
  logLevel: 'warn',
  checks: { pluginTimings: false },
  output: { file, format: 'esm', sourcemap: 'inline', codeSplitting: false },
})

process.on('exit', () => unlinkSync(file))
process.setSourceMapsEnabled(true)
// tfjs's WASM glue is CommonJS and asks where it lies, though it is told where its files are.
globalThis.__dirname ??= folder
process.argv = [process.argv[0], resolve(entry), ...rest]
await import(pathToFileURL(file).href)
