/**
 * ONNX Runtime and tfjs on one GPUDevice: tensors pass between them as GPU buffers, never through JavaScript.
 *
 * Order is kept by the device's one queue: ONNX Runtime has submitted its work when `run` resolves, and tfjs is
 * flushed before every run and before every buffer is given back.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import { UserError } from '../errors'
import type { OnnxModel } from '../onnx/model'
import { decodeModel } from '../onnx/read'
import { adapterName, isSoftware } from './adapter'
import { hasPromiseIntegration, isNode, ortWebGpuFiles } from './assets'
import type { Engine, ExternalData, Feeds, LedgerSnapshot, Outputs, Session } from './engine'
import { EngineFault, faultIn } from './fault'
import type { Target } from './fused/kernel'
import { fusedMemory } from './fused/memory'
import { createFusedSession } from './fused/session'
import { Unsupported } from './fused/unsupported'
import { type GraphMemory, ortWebGpuMemory } from './memory'
import { withOrtLock } from './ort-lock'
import { createError, giveFiles, HeldFeeds, hostToOrt, outputDType, runGraph } from './ort-values'
import { importPart } from './program-files'
import { tensorCount, tf } from './tfjs'
import { settlesWithin } from './time-limit'
import { useTfjsWebGpu, type SharedWebGpuBackend } from './tfjs-webgpu'
import { type BufferLedger, type DeviceHealth, requestDevice } from './webgpu-device'

type OrtWeb = typeof import('onnxruntime-web/webgpu')

/** One at a time: tfjs has one WebGPU backend. */
let open = false

/** So long a session on a lost device is waited for, ms. */
const RELEASE_MS = 5000

/** Set when ONNX Runtime no longer answers: it is not re-entrant, so nothing can be asked of this build again. */
let stuck = false

export async function createWebGpuEngine(adapter: GPUAdapter): Promise<WebGpuEngine> {
  if (open) throw new Error('a WebGPU engine is already open in this thread: dispose it first')
  if (stuck) {
    throw new UserError(
      'ONNX Runtime does not answer any more since the graphics device was lost.',
      'Reload the page, or choose WASM.',
    )
  }
  open = true
  let asked: GPUDevice | null = null
  try {
    const ort = await loadOrt()
    const { device, ledger, health } = await requestDevice(adapter)
    asked = device
    const backend = await useTfjsWebGpu(device, adapter.info)
    // Fetched ahead of the first session, which says what was amiss and tries again.
    giveOrtFiles(ort).catch(() => undefined)
    return new WebGpuEngine(ort, device, ledger, health, backend, adapter.info)
  } catch (error) {
    asked?.destroy()
    open = false
    throw error
  }
}

/** In Node the package finds its own files, and can read them. */
const giveOrtFiles = async (ort: OrtWeb) => (isNode ? undefined : giveFiles(ort.env, ortWebGpuFiles()))

async function loadOrt(): Promise<OrtWeb> {
  const ort = await importPart(() =>
    hasPromiseIntegration() ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu'),
  )
  ort.env.wasm.numThreads = 1
  return ort
}

export class WebGpuEngine implements Engine {
  readonly kind = 'webgpu'
  readonly description: string
  /** The adapter computes on a CPU. */
  readonly software: boolean
  readonly sessions = new Set<Session>()
  /** What runs training graphs. */
  executor: 'fused' | 'onnxruntime' = 'fused'
  #disposed = false

  constructor(
    readonly ort: OrtWeb,
    /** For drawing on the same device; it dies with the engine. */
    readonly device: GPUDevice,
    readonly buffers: BufferLedger,
    readonly health: DeviceHealth,
    readonly backend: SharedWebGpuBackend,
    info: GPUAdapterInfo,
  ) {
    this.software = isSoftware(info)
    this.description = `${adapterName(info)} (WebGPU${this.software ? ', software' : ''})`
  }

  /** By the fused engine where that is chosen and knows every operator of the graph, else by ONNX Runtime. */
  async createSession(model: Uint8Array, externalData: readonly ExternalData[] = []): Promise<Session> {
    const fused = this.executor === 'fused' ? await this.#createFusedSession(model, externalData) : null
    return fused ?? this.createOrtSession(model, externalData)
  }

  /** null where the graph needs what the fused engine does not know. */
  async #createFusedSession(model: Uint8Array, externalData: readonly ExternalData[]): Promise<Session | null> {
    const { device, backend, health, sessions } = this
    const host = {
      device,
      backend,
      target: this.#target,
      guard: <T>(work: () => Promise<T>) => health.guard(work),
      closed: (session: Session) => sessions.delete(session),
    }
    try {
      const session = await createFusedSession(host, decodeModel(model, externalData), externalData)
      sessions.add(session)
      return session
    } catch (error) {
      // Of what cannot be read ONNX Runtime says what it says of every such model.
      const unreadable = error instanceof UserError && !(error instanceof EngineFault)
      if (error instanceof Unsupported || unreadable) return null
      throw error
    }
  }

  /** By ONNX Runtime, whatever `executor` says. */
  async createOrtSession(model: Uint8Array, externalData: readonly ExternalData[] = []): Promise<Session> {
    await giveOrtFiles(this.ort)
    const options: InferenceSession.SessionOptions = {
      // All shapes are static: buffers of exactly their size are used again every run (docs/decisions/device-life.md).
      executionProviders: [{ name: 'webgpu', device: this.device, storageBufferCacheMode: 'simple' }],
      preferredOutputLocation: 'gpu-buffer',
      logSeverityLevel: 3,
      ...(externalData.length > 0 ? { externalData } : {}),
    }
    const create = async () => {
      this.health.check()
      const inner = await this.ort.InferenceSession.create(model, options).catch((error: unknown) => {
        throw createError(error)
      })
      // Nobody waits for it any more.
      if (this.health.fault) await inner.release()
      this.health.check()
      return inner
    }
    // The lock is held until ONNX Runtime itself has answered, however early the fault is told.
    const session = new WebGpuSession(this, await this.health.guard(() => withOrtLock(this.ort, create)))
    this.sessions.add(session)
    return session
  }

  get #target(): Target {
    return { software: this.software, maxBuffers: this.device.limits.maxStorageBuffersPerShaderStage }
  }

  reckon(model: OnnxModel): GraphMemory {
    if (this.executor !== 'fused') return ortWebGpuMemory(model)
    try {
      return fusedMemory(model, this.#target)
    } catch (error) {
      if (error instanceof Unsupported) return ortWebGpuMemory(model)
      throw error
    }
  }

  get fault(): EngineFault | null {
    return this.health.fault
  }

  async faultOf(error: unknown): Promise<EngineFault | null> {
    return (await this.health.news()) ?? faultIn(error)
  }

  ledger(): LedgerSnapshot {
    const { buffers, bytes } = this.buffers
    return { tfTensors: tensorCount(), sessions: this.sessions.size, gpuBuffers: buffers, gpuBytes: bytes }
  }

  async idle(): Promise<void> {
    await this.health.guard(() => {
      this.backend.flush()
      return this.device.queue.onSubmittedWorkDone()
    })
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    try {
      for (const session of [...this.sessions]) await session.dispose()
    } finally {
      this.health.closing()
      tf.removeBackend('webgpu')
      this.device.destroy()
      open = false
    }
  }
}

class WebGpuSession implements Session {
  #disposed = false

  constructor(
    private readonly engine: WebGpuEngine,
    private readonly inner: InferenceSession,
  ) {}

  async run<T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>, fetches?: readonly string[]): Promise<T> {
    const { backend, health } = this.engine
    const held = new HeldFeeds(feeds)
    const results = await health
      .guard(() => withOrtLock(this.engine.ort, () => this.#compute(held, fetches)))
      .finally(() => held.release())
    const outputs: Record<string, tf.Tensor> = {}
    try {
      for (const [name, value] of Object.entries(results)) {
        outputs[name] = backend.attach(value.gpuBuffer, value.dims, outputDType(name, value))
      }
      return await health.guard(async () => use(outputs))
    } finally {
      for (const tensor of Object.values(outputs)) backend.detach(tensor)
      for (const value of Object.values(results)) value.dispose()
    }
  }

  async #compute(held: HeldFeeds, fetches: readonly string[] | undefined): Promise<Record<string, Tensor>> {
    const { ort, backend, health } = this.engine
    health.check()
    if (this.#disposed) throw new Error('this session is disposed')
    const inputs: Record<string, Tensor> = {}
    for (const [name, host] of held.hosts) inputs[name] = hostToOrt(ort, name, host)
    for (const [name, tensor] of held.tensors) {
      const dataType = tensor.dtype as 'float32' | 'int32'
      inputs[name] = ort.Tensor.fromGpuBuffer(backend.bufferOf(tensor), { dataType, dims: tensor.shape })
    }
    backend.flush()
    const results = await runGraph(this.inner, inputs, fetches)
    if (health.fault) for (const value of Object.values(results)) value.dispose()
    health.check()
    return results
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.engine.sessions.delete(this)
    this.engine.backend.flush()
    const released = withOrtLock(this.engine.ort, () => this.inner.release())
    if (!this.engine.fault) await released
    // A lost device may never answer; and if releasing fails, there is nothing left to release.
    else if (!(await settlesWithin(RELEASE_MS, released))) stuck = true
  }
}
