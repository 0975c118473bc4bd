/**
 * The one GPUDevice of the program, with a ledger of its live buffers. The app owns it: tfjs and ONNX Runtime are
 * handed it, and neither destroys it.
 */
import { UserError } from '../errors'

/** Useful to ONNX Runtime's kernels where the adapter has them. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups']

/** Defaults are sized for phones; models need what the adapter really has. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxBindGroups',
] as const

/** Live GPUBuffers of one device and their bytes. */
export class BufferLedger {
  buffers = 0
  bytes = 0
  /** Largest `bytes` since the last `resetPeak`. */
  peakBytes = 0

  resetPeak(): void {
    this.peakBytes = this.bytes
  }

  /** Counts from now on what this device creates and destroys; other devices are left alone. */
  watch(device: GPUDevice): void {
    const createBuffer = device.createBuffer.bind(device)
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor)
      this.#add(1, descriptor.size)
      const destroy = buffer.destroy.bind(buffer)
      let live = true
      buffer.destroy = () => {
        if (live) this.#add(-1, -descriptor.size)
        live = false
        return destroy()
      }
      return buffer
    }
  }

  #add(buffers: number, bytes: number): void {
    this.buffers += buffers
    this.bytes += bytes
    this.peakBytes = Math.max(this.peakBytes, this.bytes)
  }
}

export async function requestDevice(adapter: GPUAdapter): Promise<{ device: GPUDevice; ledger: BufferLedger }> {
  const device = await adapter
    .requestDevice({
      label: 'passepartout',
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    })
    .catch((error: unknown) => {
      throw new UserError(
        'The graphics adapter gave no device.',
        'Close other pages and programs that use the GPU and reload, or choose WASM.',
        { cause: error },
      )
    })
  const ledger = new BufferLedger()
  ledger.watch(device)
  return { device, ledger }
}

/**
 * What goes wrong on a device outside of any call: loss, which ends it, and errors that WebGPU raises without a
 * catcher, which are reported by the next call.
 */
export class DeviceHealth {
  #loss: UserError | null = null
  #uncaptured: Error | null = null
  #closing = false
  readonly #lost: Promise<never>

  constructor(device: GPUDevice) {
    this.#lost = device.lost.then(({ message }) => {
      this.#loss = new UserError(
        this.#closing
          ? 'The graphics device is closed.'
          : `The graphics device was lost${message ? ` (${message})` : ''}.`,
        'Reload the page to go on from the last checkpoint; if it happens again, close other programs that use the GPU.',
      )
      throw this.#loss
    })
    this.#lost.catch(() => undefined)
    device.addEventListener('uncapturederror', ({ error }) => {
      this.#uncaptured ??= new Error(`WebGPU reported: ${error.message}`)
    })
  }

  /** Our own destroy() is coming, which is no accident. */
  closing(): void {
    this.#closing = true
  }

  /** Runs `work`; rejects at once when the device is or gets lost, or when an error has been raised since last time. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#loss) throw this.#loss
    const raised = this.#uncaptured
    this.#uncaptured = null
    if (raised) throw raised
    return Promise.race([work(), this.#lost])
  }
}
