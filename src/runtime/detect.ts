/**
 * Which engine a page uses, and why. Each engine is fetched only when it is chosen: a page on WASM never loads the
 * WebGPU build, nor the other way round.
 */
import { describeError, UserError } from '../errors'
import { said, type Sentence } from '../sentence'
import { isSoftware, requestAdapter } from './adapter'
import type { Engine } from './engine'
import { importPart } from './program-files'

export interface Choice {
  readonly engine: Engine
  /** Why not WebGPU, where it is not; null on WebGPU. */
  readonly reason: Sentence | null
}

/**
 * 'auto' takes WebGPU on a real adapter and WASM otherwise. 'webgpu' takes any adapter, a software one too: its
 * absence is a UserError.
 */
export async function chooseEngine(backend: 'auto' | 'webgpu' | 'wasm'): Promise<Choice> {
  if (backend === 'wasm') return onWasm(said`WASM was asked for`)
  const adapter = await requestAdapter()
  if (backend === 'webgpu') {
    if (!adapter) {
      throw new UserError(
        'This browser offers no WebGPU adapter.',
        'Use a current Chrome, Edge or Safari with graphics acceleration switched on, or choose WASM.',
      )
    }
    return { engine: await onWebGpu(adapter), reason: null }
  }
  if (!adapter) return onWasm(said`no WebGPU adapter`)
  if (isSoftware(adapter.info)) return onWasm(said`only a software adapter, slower than WASM`)
  try {
    return { engine: await onWebGpu(adapter), reason: null }
  } catch (error) {
    const { message, said: sentences } = describeError(error)
    return onWasm(said`WebGPU did not start: ${sentences?.message ?? message}`)
  }
}

async function onWasm(reason: Sentence): Promise<Choice> {
  const { createWasmEngine } = await importPart(() => import('./wasm'))
  return { engine: await createWasmEngine(), reason }
}

async function onWebGpu(adapter: GPUAdapter): Promise<Engine> {
  const { createWebGpuEngine } = await importPart(() => import('./webgpu'))
  return createWebGpuEngine(adapter)
}
