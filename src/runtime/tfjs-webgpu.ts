/**
 * tfjs's WebGPU backend on a device that ONNX Runtime uses too. Three differences from the stock backend:
 *
 * - Buffers are rounded up to 16 bytes: ONNX Runtime binds `array<vec4>`, and the last partial vec4 of an exact-size
 *   buffer would silently read and write wrong values.
 * - Reads are cut to the tensor's size: buffers from ONNX Runtime come in buckets, larger than what they hold.
 * - `flush` hands all recorded work to the queue. tfjs batches its dispatches, so without it ONNX Runtime would read
 *   a tensor before tfjs has written it.
 */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { tf } from './tfjs'

const ALIGNMENT_BYTES = 16

interface TensorData {
  values: tf.BackendValues | null
  readonly dtype: tf.DataType
  readonly shape: number[]
  resource?: GPUBuffer
  external?: boolean
}

export class SharedWebGpuBackend extends WebGPUBackend {
  constructor(device: GPUDevice, info: GPUAdapterInfo) {
    super(device, info)
    const { bufferManager } = this
    const acquire = bufferManager.acquireBuffer.bind(bufferManager)
    bufferManager.acquireBuffer = (size, ...rest) =>
      acquire(Math.ceil(size / ALIGNMENT_BYTES) * ALIGNMENT_BYTES, ...rest)
  }

  /** Submits everything recorded so far. */
  flush(): void {
    this.endComputePassEncoder()
    if ((this as unknown as { commandEncoder: GPUCommandEncoder | null }).commandEncoder) this.submitQueue()
  }

  /** The tensor's own buffer, uploaded first where its values are still in JavaScript. Valid after a `flush`. */
  bufferOf(tensor: tf.Tensor): GPUBuffer {
    this.uploadToGPU(tensor.dataId)
    return this.#data(tensor.dataId).resource!
  }

  /** A tensor on someone else's buffer, until `detach`. */
  attach(buffer: GPUBuffer, shape: readonly number[], dtype: 'float32' | 'int32'): tf.Tensor {
    return tf.keep(this.createTensorFromGPUData({ buffer, zeroCopy: true }, [...shape], dtype))
  }

  /**
   * Disposes an attached tensor so that its buffer can be given back. Reshapes and clones of it share its data: where
   * one is still alive, the data moves to a buffer of tfjs's own first.
   */
  detach(tensor: tf.Tensor): void {
    const { dataId } = tensor
    if (this.refCount(dataId) > 1) {
      const data = this.#data(dataId)
      const size = Math.ceil((tensor.size * Float32Array.BYTES_PER_ELEMENT) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const own = this.bufferManager.acquireBuffer(size, usage)
      this.flush()
      const encoder = this.device.createCommandEncoder()
      encoder.copyBufferToBuffer(data.resource!, 0, own, 0, Math.min(size, data.resource!.size))
      this.queue.submit([encoder.finish()])
      data.resource = own
      data.external = false
    }
    this.flush()
    tensor.dispose()
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.#trim(dataId, await super.read(dataId))
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.#trim(dataId, super.readSync(dataId))
  }

  #trim(dataId: object, values: tf.BackendValues): tf.BackendValues {
    if (!this.tensorMap.has(dataId)) return values // disposed while it was read
    const data = this.#data(dataId)
    const size = tf.util.sizeFromShape(data.shape)
    if (values.length <= size || !(values instanceof Float32Array || values instanceof Int32Array)) return values
    data.values = values.slice(0, size)
    return data.values
  }

  #data(dataId: object): TensorData {
    return this.tensorMap.get(dataId) as unknown as TensorData
  }
}

/** Makes tfjs run on this device; `tf.removeBackend('webgpu')` ends it and frees its buffers. */
export async function useTfjsWebGpu(device: GPUDevice, info: GPUAdapterInfo): Promise<SharedWebGpuBackend> {
  // Small operations on the CPU would leave tensors there that ONNX Runtime wants on the GPU.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const backend = new SharedWebGpuBackend(device, info)
  // The name is fixed: kernels are registered under it. The package has put its own factory there.
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu')
  tf.registerBackend('webgpu', () => backend, 3)
  await tf.setBackend('webgpu')
  return backend
}
