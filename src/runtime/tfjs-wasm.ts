/**
 * The tfjs WASM backend: one SIMD thread, its files served by us. Used by the WASM and Node engines.
 *
 * One thread is enough (a batch of 64 stamps is composed in 1 ms) and needs neither cross-origin isolation nor the
 * backend's workers, which it makes from blobs.
 */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { isNode, tfjsWasmFile } from './assets'
import { inMemory } from './program-files'
import { tf } from './tfjs'

let ready: Promise<void> | null = null

/** Makes the WASM backend the current one. The backend lives as long as the thread. */
export async function useTfjsWasm(): Promise<void> {
  ready ??= initialise()
  // A start that failed for want of its file may be tried again.
  await ready.catch((error: unknown) => {
    ready = null
    throw error
  })
  await tf.setBackend('wasm')
}

async function initialise(): Promise<void> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  const simd = isNode ? tfjsWasmFile() : await inMemory(tfjsWasmFile(), 'application/wasm')
  setWasmPaths({
    'tfjs-backend-wasm.wasm': simd,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  })
  if (!isNode) {
    await initialiseBackend()
    return
  }
  const before = EXIT_EVENTS.map((event) => process.listeners(event as 'exit'))
  await initialiseBackend()
  // The glue rethrows what it catches here, which would turn any stray rejection of the host program into an exit.
  EXIT_EVENTS.forEach((event, i) => {
    for (const listener of process.listeners(event as 'exit')) {
      if (!before[i]!.includes(listener)) process.removeListener(event, listener)
    }
  })
}

const EXIT_EVENTS = ['uncaughtException', 'unhandledRejection']

async function initialiseBackend(): Promise<void> {
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not start its WASM backend')
  await tf.ready()
}
