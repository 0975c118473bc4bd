/**
 * Sessions whose tensors pass through JavaScript memory: onnxruntime-node and the WASM build.
 */
import type { InferenceSession } from 'onnxruntime-common'
import type { ExternalData, Feeds, Outputs, Session } from './engine'
import { hostOptions } from './host-options'
import { withOrtLock } from './ort-lock'
import { createError, HeldFeeds, hostToOrt, outputDType, runGraph, type Ort } from './ort-values'
import { tf } from './tfjs'

/** Sessions alive; an engine keeps one of these and counts it in its ledger. */
export type SessionSet = Set<Session>

export async function createHostSession(
  ort: Ort,
  provider: 'cpu' | 'wasm',
  model: Uint8Array,
  externalData: readonly ExternalData[],
  alive: SessionSet,
): Promise<Session> {
  const weights = externalData.reduce((sum, { data }) => sum + data.byteLength, model.byteLength)
  const options = hostOptions(provider, weights)
  const all = externalData.length > 0 ? { ...options, externalData } : options
  const inner = await withOrtLock(ort, () => ort.InferenceSession.create(model, all)).catch((error: unknown) => {
    throw createError(error)
  })
  const session = new HostSession(ort, inner, alive)
  alive.add(session)
  return session
}

class HostSession implements Session {
  #disposed = false

  constructor(
    private readonly ort: Ort,
    private readonly inner: InferenceSession,
    private readonly alive: SessionSet,
  ) {}

  async run<T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>, fetches?: readonly string[]): Promise<T> {
    const held = new HeldFeeds(feeds)
    const results = await withOrtLock(this.ort, () => this.#compute(held, fetches)).finally(() => held.release())
    const outputs: Record<string, tf.Tensor> = {}
    try {
      for (const [name, value] of Object.entries(results)) {
        const dtype = outputDType(name, value)
        outputs[name] = tf.keep(tf.tensor(value.data as Float32Array, [...value.dims], dtype))
      }
      return await use(outputs)
    } finally {
      for (const value of Object.values(results)) value.dispose()
      for (const tensor of Object.values(outputs)) tensor.dispose()
    }
  }

  async #compute(held: HeldFeeds, fetches: readonly string[] | undefined): Promise<InferenceSession.ReturnType> {
    if (this.#disposed) throw new Error('this session is disposed')
    const inputs: Record<string, InstanceType<Ort['Tensor']>> = {}
    for (const [name, host] of held.hosts) inputs[name] = hostToOrt(this.ort, name, host)
    for (const [name, tensor] of held.tensors) {
      const data = (await tensor.data()) as Float32Array
      inputs[name] = new this.ort.Tensor(tensor.dtype as 'float32', data, tensor.shape)
    }
    return runGraph(this.inner, inputs, fetches)
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.alive.delete(this)
    await withOrtLock(this.ort, () => this.inner.release())
  }
}
