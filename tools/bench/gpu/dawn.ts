/**
 * WebGPU without a browser: Dawn as a Node addon (npm's `webgpu`), put where programs look for WebGPU.
 *
 * The package is large and no part of the program: scripts/bench-gpu.mjs fetches it and says where it lies.
 */
import { pathToFileURL } from 'node:url'
import { availableParallelism } from 'node:os'

interface Dawn {
  create(flags: readonly string[]): GPU
  readonly globals: Record<string, unknown>
}

/** @param entry path of the package's index.js; @param flags Dawn's own, e.g. "backend=vulkan" */
export async function openDawn(entry: string, flags: readonly string[]): Promise<void> {
  const { create, globals } = (await import(pathToFileURL(entry).href)) as Dawn
  Object.assign(globalThis, globals)
  const gpu = create(flags)
  const navigator = { hardwareConcurrency: availableParallelism(), userAgent: `Node ${process.version}`, gpu }
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  acceptSharedMemory()
}

/** ONNX Runtime's heap is a SharedArrayBuffer, which the addon's writeBuffer refuses: such views are copied first. */
function acceptSharedMemory(): void {
  const write = GPUQueue.prototype.writeBuffer as (this: GPUQueue, ...rest: unknown[]) => undefined
  GPUQueue.prototype.writeBuffer = function (this: GPUQueue, buffer, at, data, from = 0, size?: number) {
    if (!ArrayBuffer.isView(data) || !(data.buffer instanceof SharedArrayBuffer)) {
      return size === undefined
        ? write.call(this, buffer, at, data, from)
        : write.call(this, buffer, at, data, from, size)
    }
    const { BYTES_PER_ELEMENT: width = 1 } = data as unknown as { BYTES_PER_ELEMENT?: number }
    const elements = size ?? data.byteLength / width - from
    const copy = new Uint8Array(elements * width)
    copy.set(new Uint8Array(data.buffer, data.byteOffset + from * width, copy.length))
    return write.call(this, buffer, at, copy)
  } as GPUQueue['writeBuffer']
}
