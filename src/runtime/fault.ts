/**
 * What can befall an engine through nobody's mistake: its device goes away, raises an error outside of any call, or has no
 * memory left. A fault is a normal state: whoever holds the engine rebuilds what the fault took and goes on.
 */
import { UserError } from '../errors'
import { said, type Sentence } from '../sentence'

export type FaultKind = 'device-lost' | 'device-error' | 'out-of-memory'

export class EngineFault extends UserError {
  constructor(
    readonly kind: FaultKind,
    message: string | Sentence,
    remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, remedy, options)
  }
}

export function deviceLost(reason: string): EngineFault {
  return new EngineFault(
    'device-lost',
    reason ? said`The graphics device was lost (${reason.replace(/\.$/, '')}).` : 'The graphics device was lost.',
    'Close other pages and programs that use the GPU and start again, or choose WASM.',
  )
}

export function deviceError(message: string): EngineFault {
  return new EngineFault(
    'device-error',
    said`WebGPU reported: ${message.trim()}`,
    'Start again, or choose WASM; if it happens each time, please report it.',
  )
}

export function outOfMemory(detail: string, cause?: unknown): EngineFault {
  return new EngineFault(
    'out-of-memory',
    detail ? said`Memory ran out: ${detail.replace(/\.$/, '')}.` : 'Memory ran out.',
    'Close other pages and programs, or choose a smaller model or a smaller batch.',
    { cause },
  )
}

/**
 * How allocators say that they have nothing left: ONNX Runtime's arenas and its C++ runtime (std::bad_alloc), its WebGPU
 * buffers, WebAssembly memory that may not grow, JavaScript's array buffers.
 */
const ALLOCATION_FAILED =
  /bad_alloc|bad allocation|out of memory|\bOOM\b|failed to allocate|allocation failed|could not allocate|not enough memory|Failed to create GPU buffer|Memory\.grow\(\)/i

/** The fault that an error tells of by itself, itself or through its causes; null where it tells of none. */
export function faultIn(error: unknown): EngineFault | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof EngineFault) return one
    if (ALLOCATION_FAILED.test(one.message)) return outOfMemory(one.message.split('\n', 1)[0]!.trim(), error)
  }
  return null
}
