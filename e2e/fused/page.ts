/** The page of the fused engine's browser test: starts the worker and hands on what it finds. */
import type { Found } from './worker'

declare global {
  var compare: (software: boolean) => Promise<readonly Found[]>
}

globalThis.compare = (software) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<{ found: readonly Found[] } | { error: string }>) => {
      worker.terminate()
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.found)
    }
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.postMessage(software)
  })
