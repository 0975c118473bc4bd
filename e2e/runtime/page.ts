/** The page of the engines' browser tests: passes questions to the module worker in which everything runs. */
import type { CheckName, Checks } from './worker'

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })

/** Runs one check in the worker; rejects with its error. One at a time. */
function ask<K extends CheckName>(name: K, ...parameters: Parameters<Checks[K]>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ answer: unknown } | { error: string }>) => {
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.answer)
    }
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.postMessage({ name, parameters })
  })
}

declare global {
  var ask: (name: CheckName, ...parameters: readonly unknown[]) => Promise<unknown>
}
globalThis.ask = ask as typeof globalThis.ask
