/** The page: React, one module worker, and the headers that give WASM its threads. */
import react from '@vitejs/plugin-react'
import { createLogger, defineConfig, type Logger } from 'vite'
import { ISOLATION } from './src/offline/headers.ts'
import { firstView, modulePreload } from './tools/vite/first-view.ts'
import { offline, servedHeaders } from './tools/vite/offline.ts'
import { sampleZips } from './tools/vite/sample-zips.ts'

/** Vite warns of its own reader of `composes`, which does not say which file it reads; nothing comes of it here. */
function quieter(): Logger {
  const logger = createLogger('warn')
  const warnOnce = logger.warnOnce.bind(logger)
  logger.warnOnce = (message, options) => {
    if (!message.includes('did not pass the `from` option')) warnOnce(message, options)
  }
  return logger
}

export default defineConfig(({ command }) => ({
  ...(command === 'build' ? { customLogger: quieter() } : {}),
  // Relative addresses: the built page works from any folder of any server.
  base: './',
  plugins: [react(), sampleZips(), firstView(), offline()],
  worker: { format: 'es' },
  optimizeDeps: {
    // The worker too: dependencies found only when it asks for them would reload the page, again and again.
    entries: ['index.html', 'src/lab/worker.ts'],
    // ONNX Runtime finds its .wasm beside its own file, which a pre-bundled copy would not have.
    exclude: ['onnxruntime-web'],
  },
  server: { headers: ISOLATION, port: 5173 },
  preview: { headers: servedHeaders(), port: 4173 },
  build: {
    reportCompressedSize: false,
    modulePreload,
    // Those that know light-dark(), which is left as it is.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    // The page, and beside it the visuals with fixed data, for their snapshot tests.
    rolldownOptions: { input: { gallery: 'gallery.html' }, checks: { pluginTimings: false } },
    // The largest chunks are ONNX Runtime and tfjs, which the worker needs whole and the page never loads.
    chunkSizeWarningLimit: 2500,
  },
}))
