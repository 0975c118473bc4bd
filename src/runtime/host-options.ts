/**
 * How ONNX Runtime's sessions on a processor are opened, natively and as WASM (docs/decisions/ort-session-options.md).
 *
 * Weights packed ahead, in the order in which a product reads them, make a step of a ViT-B/32 a fifth shorter, and are held
 * once more for the forward and once more for the backward. So they are packed where there is room for that.
 */
import type { InferenceSession } from 'onnxruntime-common'
import { isNode } from './assets'

/** Copies that packing makes of a weight: one as it is, one transposed. */
const COPIES = 2

/** Weights that are packed whatever the machine, bytes. */
const SMALL = 32e6

/**
 * Of a machine's memory, what the copies may take. Of all of it, not of what is free: a run that is resumed must meet the same
 * choice, since a packed product may round otherwise.
 */
const SHARE = 1 / 8

/** Copies in a WASM memory, which ends at 4 GB and holds activations and text too, bytes. */
const MOST_IN_WASM = 1e9

/** Bytes that packed copies of weights may take here. */
export function roomForPacked(provider: 'cpu' | 'wasm'): number {
  const room = SHARE * (isNode ? process.getBuiltinModule('node:os').totalmem() : deviceMemory())
  return provider === 'wasm' ? Math.min(room, MOST_IN_WASM) : room
}

/** Memory of the machine, bytes, rounded by the browser and cut at 8 or 32 GiB; 0 where it does not say. */
function deviceMemory(): number {
  const { deviceMemory: gibibytes = 0 } = navigator as Navigator & { readonly deviceMemory?: number }
  return gibibytes * 2 ** 30
}

/** @param weights bytes of the weights that products read */
export function isPacked(weights: number, room: number): boolean {
  return weights <= SMALL || COPIES * weights <= room
}

/** Bytes that the packed copies of such weights take. */
export const packedBytes = (weights: number, room: number): number => (isPacked(weights, room) ? COPIES * weights : 0)

/** @param weights bytes of the model and its files */
export function hostOptions(
  provider: 'cpu' | 'wasm',
  weights: number,
  room = roomForPacked(provider),
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    enableMemPattern: false,
    // Waiting threads sleep: on a machine with other work, spinning ones take the cores that the others wait for (a step of
    // Stamp beside a busy machine: 0.8 to 1.1 s instead of 1.7 to 2.2 s in Node, 5 instead of 5.5 s on WASM).
    extra: {
      session: { disable_prepacking: isPacked(weights, room) ? '0' : '1', intra_op: { allow_spinning: '0' } },
    },
  }
}
