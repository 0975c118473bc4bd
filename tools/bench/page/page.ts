/** The benchmark's page: hands an order to its module worker and its answer back. */
import type { Order } from './worker'

declare global {
  var bench: (order: Order) => Promise<unknown>
}

globalThis.bench = (order) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<{ rows: unknown } | { error: string }>) => {
      worker.terminate()
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.rows)
    }
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.postMessage(order)
  })
