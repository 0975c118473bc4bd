/**
 * Runs a plan on the program's GPUDevice: weights lie there once, a run is one submit, inputs are read from the buffers
 * in which tfjs has them, and outputs are read from the buffers in which they were computed.
 */
import type { OnnxModel } from '../../onnx/model'
import { elementCount } from '../../onnx/model'
import type { Feeds, HostTensor, Outputs, Session } from '../engine'
import { HeldFeeds } from '../ort-values'
import { tf } from '../tfjs'
import { settlesWithin } from '../time-limit'
import type { SharedWebGpuBackend } from '../tfjs-webgpu'
import type { Id } from './ir'
import type { Kernel } from './kernel'
import { planRun, type Plan } from './plan'

/** What the session needs of the engine that owns the device. */
export interface FusedHost {
  readonly device: GPUDevice
  readonly backend: SharedWebGpuBackend
  /** The adapter computes on a CPU. */
  readonly software: boolean
  /** Runs work on the device; rejects when it is lost or has raised an error. */
  guard<T>(work: () => Promise<T>): Promise<T>
  /** Told when a session is disposed. */
  closed?(session: Session): void
}

interface Step {
  readonly kernel: Kernel
  readonly pipeline: GPUComputePipeline
  /** null where the kernel reads an input, whose buffer changes from run to run. */
  readonly group: GPUBindGroup | null
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** So long the opening of a session on a lost device is waited for, ms. */
const ABANDON_MS = 5000

/** @throws Unsupported where the graph needs what the fused engine does not know */
export async function createFusedSession(host: FusedHost, model: OnnxModel): Promise<Session> {
  const plan = planRun(model, {
    software: host.software,
    maxBuffers: host.device.limits.maxStorageBuffersPerShaderStage,
  })
  const opening = FusedSession.open(host, plan)
  return host
    .guard(() => opening)
    .catch(async (error: unknown) => {
      // Where the device was lost meanwhile, the session is made for nobody.
      const gone = opening.then(
        (session) => session.dispose(),
        () => undefined,
      )
      await settlesWithin(ABANDON_MS, gone)
      throw error
    })
}

export class FusedSession implements Session {
  #disposed = false
  /** One run at a time: they share their memory. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly host: FusedHost,
    private readonly plan: Plan,
    private readonly buffers: ReadonlyMap<Id, GPUBuffer>,
    private readonly owned: readonly GPUBuffer[],
    private readonly forward: readonly Step[],
    private readonly backward: readonly Step[],
  ) {}

  static async open(host: FusedHost, plan: Plan): Promise<FusedSession> {
    const owned: GPUBuffer[] = []
    try {
      return await FusedSession.#make(host, plan, owned)
    } catch (error) {
      for (const buffer of owned) buffer.destroy()
      throw error
    }
  }

  static async #make(host: FusedHost, plan: Plan, owned: GPUBuffer[]): Promise<FusedSession> {
    const { device } = host
    const make = (size: number) => {
      const buffer = device.createBuffer({ size: Math.max(size, 16), usage: STORAGE() })
      owned.push(buffer)
      return buffer
    }
    const buffers = new Map<Id, GPUBuffer>()
    for (const [id, { bytes, dims }] of plan.weights) {
      const size = elementCount(dims) * Float32Array.BYTES_PER_ELEMENT
      const buffer = make(Math.ceil(size / 16) * 16)
      device.queue.writeBuffer(buffer, 0, bytes as Uint8Array<ArrayBuffer>, 0, size)
      buffers.set(id, buffer)
    }
    const pieces = plan.sizes.map(make)
    for (const [id, piece] of plan.pieces) buffers.set(id, pieces[piece]!)

    const pipelines = new Map<string, Promise<GPUComputePipeline>>()
    const pipelineOf = ({ code }: Kernel) => {
      let pipeline = pipelines.get(code)
      if (!pipeline) {
        const module = device.createShaderModule({ code })
        pipeline = device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
        pipelines.set(code, pipeline)
      }
      return pipeline
    }
    const stepOf = async (kernel: Kernel): Promise<Step> => {
      const pipeline = await pipelineOf(kernel)
      const known = kernel.reads.every((id) => buffers.has(id))
      return { kernel, pipeline, group: known ? bind(device, pipeline, kernel, buffers) : null }
    }
    const forward = await Promise.all(plan.forward.map(stepOf))
    const backward = await Promise.all(plan.backward.map(stepOf))
    return new FusedSession(host, plan, buffers, owned, forward, backward)
  }

  run<T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>): Promise<T> {
    const held = new HeldFeeds(feeds)
    const result = this.#turn.then(() => this.#run(held, use)).finally(() => held.release())
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #run<T>(held: HeldFeeds, use: (outputs: Outputs) => T | Promise<T>): Promise<T> {
    if (this.#disposed) throw new Error('this session is disposed')
    const { backend } = this.host
    const backward = !held.hosts.has('do_backward') || truth(held.hosts.get('do_backward')!)
    await this.host.guard(async () => this.#submit(held, backward))
    const outputs: Record<string, tf.Tensor> = {}
    const attached: tf.Tensor[] = []
    try {
      for (const [name, id] of this.plan.outputs) {
        const dims = this.plan.program.dims(id)
        if (this.plan.gated.has(name) && !backward) {
          outputs[name] = tf.keep(tf.zeros(dims.map(() => 1)))
          continue
        }
        outputs[name] = backend.attach(this.buffers.get(id)!, dims, 'float32')
        attached.push(outputs[name])
      }
      return await this.host.guard(async () => use(outputs))
    } finally {
      for (const tensor of Object.values(outputs)) {
        if (attached.includes(tensor)) backend.detach(tensor)
        else tensor.dispose()
      }
    }
  }

  #submit(held: HeldFeeds, backward: boolean): void {
    const { device, backend } = this.host
    const fed = new Map<Id, GPUBuffer>()
    for (const [name, id] of this.plan.inputs) {
      const tensor = held.tensors.get(name)
      if (!tensor) throw new Error(`the input ${name} is not fed`)
      if (tensor.size !== elementCount(this.plan.program.dims(id))) {
        throw new Error(`the input ${name} has ${tensor.size} elements`)
      }
      fed.set(id, backend.bufferOf(tensor))
    }
    backend.flush()
    const all = new Map([...this.buffers, ...fed])
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const { kernel, pipeline, group } of backward ? [...this.forward, ...this.backward] : this.forward) {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group ?? bind(device, pipeline, kernel, all))
      pass.dispatchWorkgroups(...kernel.workgroups)
    }
    pass.end()
    device.queue.submit([encoder.finish()])
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.host.closed?.(this)
    await this.#turn
    this.host.backend.flush()
    for (const buffer of this.owned) buffer.destroy()
  }
}

function bind(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  { reads, writes }: Kernel,
  buffers: ReadonlyMap<Id, GPUBuffer>,
): GPUBindGroup {
  const entries = [...reads, writes].map((id, binding) => ({ binding, resource: { buffer: buffers.get(id)! } }))
  return device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
}

function truth({ data }: HostTensor): boolean {
  return Number(data[0]) !== 0
}
