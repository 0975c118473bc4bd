/** The page of the fused engine's browser test: starts the worker and hands on what it finds. */
import type { Comparison, Order } from './worker'

declare global {
  var compare: (order: Order) => Promise<Comparison>
}

globalThis.compare = (order) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<{ comparison: Comparison } | { error: string }>) => {
      worker.terminate()
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.comparison)
    }
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.postMessage(order)
  })
