/** The page of the store's browser tests: passes questions to the worker in which the store lives, several at a time. */
import type { CheckName, Checks } from './worker'

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
const waiting = new Map<number, (answer: { answer: unknown } | { error: string }) => void>()

worker.onmessage = ({ data }: MessageEvent<{ id: number } & ({ answer: unknown } | { error: string })>) => {
  waiting.get(data.id)?.(data)
  waiting.delete(data.id)
}

/** Runs one check in the worker; rejects with its error. */
function askStore<K extends CheckName>(name: K, ...parameters: Parameters<Checks[K]>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const id = Math.random()
    waiting.set(id, (data) => ('error' in data ? reject(new Error(data.error)) : resolve(data.answer)))
    worker.postMessage({ id, name, parameters })
  })
}

declare global {
  var askStore: (name: CheckName, ...parameters: readonly unknown[]) => Promise<unknown>
}
globalThis.askStore = askStore as typeof globalThis.askStore
