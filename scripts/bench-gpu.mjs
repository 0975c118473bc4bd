/**
 * npm run bench:gpu: fetches Dawn for Node (npm's `webgpu`, 130 MB unpacked) once into a folder of its own, then runs
 * tools/bench/gpu/main.ts on it. The folder may be brought along by hand: DAWN names its index.js.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, stop } from './setup.mjs'

const DAWN = 'webgpu@0.6.2'

const folder = join(root, 'node_modules', '.cache', 'dawn')
const entry = process.env.DAWN ?? join(folder, 'node_modules', 'webgpu', 'index.js')
if (!existsSync(entry)) {
  console.log(`Fetching ${DAWN} (once) ...`)
  mkdirSync(folder, { recursive: true })
  const flags = ['--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  const { status, stderr } = npm(['install', ...flags, DAWN], { stdio: ['ignore', 'inherit', 'pipe'] })
  if (status !== 0 || !existsSync(entry)) {
    stop(
      `Dawn could not be fetched: ${stderr?.trim()}`,
      'Check the connection, or let DAWN name the index.js of npm’s `webgpu`.',
    )
  }
}

// V8's optimising compiler takes half a minute over ONNX Runtime's asyncified code in Node 20.
const flags = Number(process.versions.node.split('.')[0]) < 22 ? ['--liftoff-only'] : []
const program = [join(root, 'scripts', 'run-ts.mjs'), join(root, 'tools', 'bench', 'gpu', 'main.ts')]
const { status } = spawnSync(process.execPath, [...flags, ...program, '--dawn', entry, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exit(status ?? 1)
