/** The page of the exports' browser test: starts the worker and hands on what it finds. */
import type { Gradients } from './worker'

declare global {
  var gradients: (backend: 'wasm' | 'webgpu', names: readonly string[]) => Promise<Gradients>
}

globalThis.gradients = (backend, names) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<{ gradients: Gradients } | { error: string }>) => {
      worker.terminate()
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.gradients)
    }
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.postMessage({ backend, names })
  })
