/**
 * The one GPUDevice of the program, with a ledger of its live buffers and its health. The app owns it: tfjs and ONNX
 * Runtime are handed it, and neither destroys it.
 */
import { UserError } from '../errors'
import { deviceError, deviceLost, EngineFault, outOfMemory } from './fault'

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

/**
 * Buffers from this size on are created under an error scope of their own, so that a failed allocation is told apart from
 * a mistake. Smaller ones are many, and are not what fills a memory.
 */
const SCOPED_BYTES = 1 << 20

/** Live GPUBuffers of one device and their bytes. */
export class BufferLedger {
  buffers = 0
  bytes = 0
  /** Largest `bytes` since the last `resetPeak`. */
  peakBytes = 0

  resetPeak(): void {
    this.peakBytes = this.bytes
  }

  /**
   * Counts from now on what this device creates and destroys; other devices are left alone.
   * @param onOutOfMemory is told what WebGPU says when a buffer could not be had
   */
  watch(device: GPUDevice, onOutOfMemory: (message: string) => void = () => undefined): void {
    const createBuffer = device.createBuffer.bind(device)
    device.createBuffer = (descriptor) => {
      const scoped = descriptor.size >= SCOPED_BYTES
      if (scoped) device.pushErrorScope('out-of-memory')
      let buffer: GPUBuffer
      try {
        buffer = createBuffer(descriptor)
      } finally {
        // It rejects when the device is lost, which is told by itself.
        if (scoped) {
          device.popErrorScope().then(
            (error) => error && onOutOfMemory(error.message || `no buffer of ${descriptor.size} bytes`),
            () => undefined,
          )
        }
      }
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

export interface OwnedDevice {
  readonly device: GPUDevice
  readonly ledger: BufferLedger
  readonly health: DeviceHealth
}

export async function requestDevice(adapter: GPUAdapter): Promise<OwnedDevice> {
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
  const health = new DeviceHealth(device)
  ledger.watch(device, (message) => health.raise(outOfMemory(message)))
  return { device, ledger, health }
}

/** A lost device fails calls before it is said to be lost: so long a failed call waits for the news, ms. */
const NEWS_MS = 200

/**
 * What goes wrong on a device outside of any call: loss, errors that WebGPU raises without a catcher, buffers that could
 * not be had. The first fault stays: after an error some dispatch was dropped, and nothing computed since can be trusted.
 */
export class DeviceHealth {
  #fault: EngineFault | null = null
  #closing = false
  /** Who is to be told of the fault while it waits for something else. */
  readonly #waiting = new Set<(fault: EngineFault) => void>()

  constructor(device: GPUDevice) {
    void device.lost.then(({ message }) => this.raise(this.#closing ? CLOSED : deviceLost(message)))
    device.addEventListener('uncapturederror', ({ error }) => {
      this.raise(isOutOfMemory(error) ? outOfMemory(error.message) : deviceError(error.message))
    })
  }

  get fault(): EngineFault | null {
    return this.#fault
  }

  raise(fault: EngineFault): void {
    if (this.#fault) return
    this.#fault = fault
    for (const tell of [...this.#waiting]) tell(fault)
  }

  /** Our own destroy() is coming, which is no accident. */
  closing(): void {
    this.#closing = true
  }

  /** Throws the fault, if there is one. */
  check(): void {
    if (this.#fault) throw this.#fault
  }

  /** Runs `work`; rejects at once where the device has a fault or gets one meanwhile. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    this.check()
    let tell: (fault: EngineFault) => void
    const told = new Promise<never>((_, reject) => this.#waiting.add((tell = reject)))
    try {
      return await Promise.race([work(), told])
    } finally {
      this.#waiting.delete(tell!)
    }
  }

  /** The fault, if there is one or comes within a moment. */
  async news(): Promise<EngineFault | null> {
    if (this.#fault) return this.#fault
    return new Promise((resolve) => {
      const settle = (fault: EngineFault | null) => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve(fault)
      }
      const timer = setTimeout(() => settle(null), NEWS_MS)
      this.#waiting.add(settle)
    })
  }
}

const CLOSED = new EngineFault('device-lost', 'The graphics device is closed.', 'Reload the page.')

const isOutOfMemory = (error: GPUError): boolean =>
  typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError
