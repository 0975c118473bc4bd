/**
 * npm start: installs what is missing, builds the page where its sources have changed, serves it and opens it.
 * Ctrl-C ends it.
 */
import { join } from 'node:path'
import { buildIfNeeded } from './build.mjs'
import { root, setup } from './setup.mjs'

function hasDesktop() {
  if (process.env.CI) return false
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

setup()
await buildIfNeeded()
const { preview } = await import('vite')
const server = await preview({
  root,
  configFile: join(root, 'vite.config.ts'),
  preview: { open: hasDesktop() }, // takes the next free port where its own is taken
})
console.log(`\nPassepartout is at ${server.resolvedUrls?.local[0]}\nCtrl-C ends it.`)
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.httpServer.closeAllConnections()
    void server.close().then(() => process.exit(0))
  })
}
