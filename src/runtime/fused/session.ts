/**
 * Runs a plan on the program's GPUDevice: weights lie there once, a run is one submit, inputs are read from the buffers
 * in which tfjs has them, and outputs are read from the buffers in which they were computed.
 */
import type { OnnxModel, Shape } from '../../onnx/model'
import { elementCount } from '../../onnx/model'
import type { ExternalData, Feeds, HostTensor, Outputs, Session, WeightPiece } from '../engine'
import { HeldFeeds } from '../ort-values'
import { tf } from '../tfjs'
import { settlesWithin } from '../time-limit'
import type { SharedWebGpuBackend } from '../tfjs-webgpu'
import type { Id } from './ir'
import type { Kernel, Target } from './kernel'
import { bind, type Place } from './places'
import { planRun, type Plan } from './plan'

/** What the session needs of the engine that owns the device. */
export interface FusedHost {
  readonly device: GPUDevice
  readonly backend: SharedWebGpuBackend
  readonly target: Target
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

/** Weights are read back in pieces of at most so many bytes. */
const READ_BYTES = 1 << 24

/** A value at the session's border. */
interface End {
  readonly id: Id
  readonly dims: Shape
}

/** A weight that came from a file beside the graph, where it lies there and where here. */
interface GivenWeight {
  readonly path: string
  /** Of the file among the external data. */
  readonly file: number
  readonly offset: number
  readonly bytes: number
  readonly place: Place
}

/** What is kept of a plan: nothing that holds the weights' bytes. */
interface Ready {
  readonly inputs: ReadonlyMap<string, End>
  readonly outputs: ReadonlyMap<string, End>
  readonly gated: ReadonlySet<string>
  readonly places: ReadonlyMap<Id, Place>
  readonly owned: readonly GPUBuffer[]
  readonly given: readonly GivenWeight[]
  readonly forward: readonly Step[]
  readonly backward: readonly Step[]
}

/**
 * @param externalData that the model's tensors are views of
 * @throws Unsupported where the graph needs what the fused engine does not know
 */
export function createFusedSession(
  host: FusedHost,
  model: OnnxModel,
  externalData: readonly ExternalData[] = [],
): Promise<Session> {
  return guarded(host, FusedSession.open(host, planRun(model, host.target), externalData))
}

/** Apart, so that nothing here holds on to the plan while it is waited for. */
function guarded(host: FusedHost, opening: Promise<Session>): Promise<Session> {
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
    private readonly ready: Ready,
  ) {}

  static async open(host: FusedHost, plan: Plan, externalData: readonly ExternalData[]): Promise<FusedSession> {
    const owned: GPUBuffer[] = []
    try {
      return new FusedSession(host, await FusedSession.#make(host, plan, externalData, owned))
    } catch (error) {
      for (const buffer of owned) buffer.destroy()
      throw error
    }
  }

  static async #make(
    { device }: FusedHost,
    plan: Plan,
    externalData: readonly ExternalData[],
    owned: GPUBuffer[],
  ): Promise<Ready> {
    const make = (size: number) => {
      const buffer = device.createBuffer({ size: Math.max(size, 16), usage: STORAGE() })
      owned.push(buffer)
      return buffer
    }
    const places = new Map<Id, Place>()
    const { program, parts } = plan
    const bytesOf = (id: Id) => elementCount(program.dims(id)) * Float32Array.BYTES_PER_ELEMENT
    const own = (id: Id, buffer: GPUBuffer): Place => {
      const place = { buffer, offset: 0, size: buffer.size }
      places.set(id, place)
      return place
    }
    /** Of a part in its stack, which is made when its first part is met. */
    const partOf = (id: Id, stack: Id, start: number): Place => {
      const { buffer } = places.get(stack) ?? own(stack, make(bytesOf(stack)))
      const place = { buffer, offset: start, size: bytesOf(id) }
      places.set(id, place)
      return place
    }
    const given: GivenWeight[] = []
    for (const [id, { bytes }] of plan.weights) {
      const size = bytesOf(id)
      const part = parts.get(id)
      const place = part ? partOf(id, part.stack, part.start) : own(id, make(Math.ceil(size / 16) * 16))
      device.queue.writeBuffer(place.buffer, place.offset, bytes as Uint8Array<ArrayBuffer>, 0, size)
      const file = externalData.findIndex(({ data }) => data.buffer === bytes.buffer)
      const from = externalData[file]
      if (!from) continue
      given.push({ path: from.path, file, offset: bytes.byteOffset - from.data.byteOffset, bytes: size, place })
    }
    given.sort((a, b) => a.file - b.file || a.offset - b.offset)
    const pieces = plan.sizes.map(make)
    for (const [id, piece] of plan.pieces) own(id, pieces[piece]!)
    for (const [id, { stack, start }] of parts) if (!places.has(id)) partOf(id, stack, start)

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
      const known = kernel.reads.every((id) => places.has(id))
      return { kernel, pipeline, group: known ? bind(device, pipeline, kernel, places) : null }
    }
    const forward = await Promise.all(plan.forward.map(stepOf))
    const backward = await Promise.all(plan.backward.map(stepOf))
    const ends = (named: ReadonlyMap<string, Id>) =>
      new Map([...named].map(([name, id]) => [name, { id, dims: plan.program.dims(id) }]))
    const { gated } = plan
    const [inputs, outputs] = [ends(plan.inputs), ends(plan.outputs)]
    return { inputs, outputs, gated, places, owned, given, forward, backward }
  }

  run<T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>): Promise<T> {
    const uploaded = uploads(feeds)
    const held = new HeldFeeds({ ...feeds, ...uploaded })
    tf.dispose(uploaded)
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
      for (const [name, { id, dims }] of this.ready.outputs) {
        if (this.ready.gated.has(name) && !backward) {
          outputs[name] = tf.keep(tf.zeros(dims.map(() => 1)))
          continue
        }
        outputs[name] = backend.attach(this.ready.places.get(id)!.buffer, dims, 'float32')
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
    const fed = new Map<Id, Place>()
    const { places, forward, inputs } = this.ready
    for (const [name, { id, dims }] of inputs) {
      const tensor = held.tensors.get(name)
      if (!tensor) throw new Error(`the input ${name} is not fed`)
      if (tensor.size !== elementCount(dims)) {
        throw new Error(`the input ${name} has ${tensor.size} elements`)
      }
      const buffer = backend.bufferOf(tensor)
      fed.set(id, { buffer, offset: 0, size: buffer.size })
    }
    backend.flush()
    const all = new Map([...places, ...fed])
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const { kernel, pipeline, group } of backward ? [...forward, ...this.ready.backward] : forward) {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group ?? bind(device, pipeline, kernel, all))
      pass.dispatchWorkgroups(...kernel.workgroups)
    }
    pass.end()
    device.queue.submit([encoder.finish()])
  }

  async *weights(): AsyncGenerator<WeightPiece> {
    const { device } = this.host
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ
    const largest = Math.max(16, ...this.ready.given.map(({ bytes }) => bytes))
    const staging = device.createBuffer({ size: Math.min(READ_BYTES, largest), usage })
    try {
      for (const { path, offset, bytes, place } of this.ready.given) {
        for (let at = 0; at < bytes; at += READ_BYTES) {
          if (this.#disposed) throw new Error('this session is disposed')
          const size = Math.min(READ_BYTES, bytes - at)
          const encoder = device.createCommandEncoder()
          encoder.copyBufferToBuffer(place.buffer, place.offset + at, staging, 0, size)
          device.queue.submit([encoder.finish()])
          await this.host.guard(() => staging.mapAsync(GPUMapMode.READ, 0, size))
          yield { path, offset: offset + at, bytes: new Uint8Array(staging.getMappedRange(0, size)) }
          staging.unmap()
        }
      }
    } finally {
      staging.destroy()
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.host.closed?.(this)
    await this.#turn
    this.host.backend.flush()
    for (const buffer of this.ready.owned) buffer.destroy()
  }
}

/** Numbers that are fed from host memory, as tensors. */
function uploads(feeds: Feeds): Record<string, tf.Tensor> {
  const found: Record<string, tf.Tensor> = {}
  for (const [name, feed] of Object.entries(feeds)) {
    if (feed instanceof tf.Tensor || feed.dtype !== 'float32') continue
    found[name] = tf.tensor(feed.data as Float32Array, [...feed.dims])
  }
  return found
}

function truth({ data }: HostTensor): boolean {
  return Number(data[0]) !== 0
}
