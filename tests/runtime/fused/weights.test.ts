/** Weights on the fused engine, on a device that only stores: let go in JavaScript, and read back bit for bit. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildTrainingGraph } from '../../../src/gradient/training'
import { crossEntropyHead } from '../../../src/gradient/heads'
import { hashFrozen } from '../../../src/models/frozen'
import { readFrozen } from '../../../src/models/frozen-graph'
import { decodeModel } from '../../../src/onnx/read'
import { createFusedSession, type FusedHost } from '../../../src/runtime/fused/session'
import { clipVision } from '../../support/clip-generator'
import { collectGarbage } from '../../support/held-bytes'
import { heldGraph } from '../../support/held-graph'

const TOWER = { image: 32, patch: 16, width: 32, layers: 1, heads: 2, projection: 16 }

class StoredBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>
  constructor(readonly size: number) {
    this.bytes = new Uint8Array(size)
  }
  async mapAsync() {}
  getMappedRange(offset: number, size: number) {
    return this.bytes.slice(offset, offset + size).buffer
  }
  unmap() {}
  destroy() {}
}

/** A device that computes nothing. */
function storingHost() {
  const buffers: StoredBuffer[] = []
  const device = {
    createBuffer({ size }: { size: number }) {
      const buffer = new StoredBuffer(size)
      buffers.push(buffer)
      return buffer
    },
    createShaderModule: () => ({}),
    createComputePipelineAsync: async () => ({ getBindGroupLayout: () => ({}) }),
    createBindGroup: () => ({}),
    createCommandEncoder: () => ({
      copyBufferToBuffer(from: StoredBuffer, at: number, to: StoredBuffer, toAt: number, size: number) {
        to.bytes.set(from.bytes.subarray(at, at + size), toAt)
      },
      finish: () => ({}),
    }),
    queue: {
      writeBuffer(to: StoredBuffer, at: number, data: Uint8Array, from: number, size: number) {
        to.bytes.set(data.subarray(from, from + size), at)
      },
      submit() {},
    },
  }
  const host = {
    device,
    backend: { flush() {} },
    target: { software: false, maxBuffers: 8 },
    guard: <T>(work: () => Promise<T>) => work(),
  }
  return { host: host as unknown as FusedHost, buffers }
}

const given = globalThis as { GPUBufferUsage?: unknown; GPUMapMode?: unknown }
beforeAll(() => {
  given.GPUBufferUsage = { STORAGE: 128, COPY_SRC: 4, COPY_DST: 8, MAP_READ: 1 }
  given.GPUMapMode = { READ: 1 }
})
afterAll(() => {
  delete given.GPUBufferUsage
  delete given.GPUMapMode
})

it('lie on the device alone, and their hash there is that of the file', async () => {
  const frozen = await heldGraph(clipVision(TOWER))
  const { host, buffers } = storingHost()
  const read: WeakRef<ArrayBufferLike>[] = []
  const open = async () => {
    const whole = await readFrozen(frozen)
    read.push(...whole.files.map(({ data }) => new WeakRef(data.buffer)))
    const { model, externalData } = buildTrainingGraph(whole, {
      ...{ inputs: { pixel_values: [2, 3, 32, 32] }, output: 'image_embeds', wrt: ['pixel_values'] },
      head: crossEntropyHead({ classes: 3 }),
    })
    return createFusedSession(host, decodeModel(model, externalData), externalData)
  }
  const session = await open()
  expect(read).toHaveLength(1)
  await collectGarbage()
  expect(read.map((one) => one.deref())).toEqual([undefined])

  let bytes = 0
  for await (const piece of session.weights!()) bytes += piece.bytes.byteLength
  expect(bytes).toBeGreaterThan(0.9 * frozen.bytes - 20_000)
  expect(await hashFrozen(frozen, session)).toBe(frozen.sha256)
  const weight = buffers.find(({ size }) => size === TOWER.width * 4 * TOWER.width * 4)!
  weight.bytes[100]! ^= 1
  expect(await hashFrozen(frozen, session)).not.toBe(frozen.sha256)
  await session.dispose()
})
