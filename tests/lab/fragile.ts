/**
 * An engine whose device goes away or raises an error, or whose memory runs out, at a chosen moment: the n-th create, run, use of outputs or
 * reading of a tensor, counted over all engines that are opened one after another.
 */
import type { Engine, ExternalData, Feeds, Outputs, Session } from '../../src/runtime/engine'
import { deviceError, deviceLost, type EngineFault, faultIn } from '../../src/runtime/fault'
import { hostMemory } from '../../src/runtime/memory'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'

/** `open`: asking for an engine. `use`: after a run, before its outputs are read. `read`: any tensor. */
export type Moment = 'open' | 'create' | 'run' | 'use' | 'read'

/**
 * `error`: WebGPU drops a run and says so outside of any call: only who waits for the device hears of it there and then.
 * `broken`: an error that is no fault.
 */
export type Mishap = 'lost' | 'error' | 'memory' | 'broken'

export class Mishaps {
  readonly counts: Record<Moment, number> = { open: 0, create: 0, run: 0, use: 0, read: 0 }
  /** Engines opened and not disposed. */
  open = 0
  happened = 0
  #engine: FragileEngine | null = null

  /** @param plan decides at the n-th time, counted from 1, whether something happens */
  constructor(private readonly plan: (moment: Moment, n: number) => Mishap | null) {}

  async openEngine(): Promise<Engine> {
    if (this.open > 0) throw new Error('an engine is still open')
    this.at('open')
    this.#engine = new FragileEngine(await createNodeEngine(), this)
    this.open++
    return this.#engine
  }

  /** From now on the engine that is open is faulty. */
  lose(fault: EngineFault): void {
    this.#engine!.fault = fault
  }

  /** Throws, or says that the run is dropped. */
  at(moment: Moment): { readonly dropped: boolean } {
    const mishap = this.plan(moment, ++this.counts[moment])
    if (!mishap) return { dropped: false }
    this.happened++
    if (mishap === 'error') {
      this.#engine!.fault = deviceError('a bind group of another device')
      return { dropped: true }
    }
    if (mishap === 'memory') throw new Error('std::bad_alloc')
    if (mishap === 'broken') throw new Error('This program has aborted')
    if (this.#engine) this.#engine.fault = deviceLost('pulled out')
    // Not the fault itself: what fails on a lost device says all sorts of things.
    throw new Error('Instance dropped in the middle of it')
  }

  /** Lets readings of tensors fail too; returns the end of it. */
  watchReads(): () => void {
    const { data } = tf.Tensor.prototype
    const mishaps = this as Mishaps
    tf.Tensor.prototype.data = async function (this: tf.Tensor, ...rest) {
      mishaps.at('read')
      return data.apply(this, rest)
    } as typeof data
    return () => (tf.Tensor.prototype.data = data)
  }
}

class FragileEngine implements Engine {
  readonly kind = 'node-cpu'
  readonly description = 'fragile'
  fault: EngineFault | null = null
  #disposed = false

  constructor(
    private readonly inner: Engine,
    private readonly mishaps: Mishaps,
  ) {}

  async createSession(model: Uint8Array, externalData?: readonly ExternalData[]): Promise<Session> {
    this.#check('create')
    const session = await this.inner.createSession(model, externalData)
    const run = async <T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>, fetches?: readonly string[]) => {
      const { dropped } = this.#check('run')
      const used = async (outputs: Outputs) => {
        if (!dropped) {
          this.#check('use')
          return use(outputs)
        }
        // Reading the logits waits for the device; a loss and a gradient may stay there, and are what lay there before.
        if (fetches?.includes('logits')) throw this.fault!
        const zeros = zerosLike(outputs)
        try {
          return await use(zeros)
        } finally {
          tf.dispose({ ...zeros })
        }
      }
      return session.run(feeds, used, fetches)
    }
    return { run, dispose: () => session.dispose() }
  }

  #check(moment: Moment): { readonly dropped: boolean } {
    if (this.#disposed) throw new Error('this engine is disposed')
    if (this.fault) throw this.fault
    return this.mishaps.at(moment)
  }

  readonly reckon = hostMemory

  ledger() {
    return this.inner.ledger()
  }

  async faultOf(error: unknown): Promise<EngineFault | null> {
    return this.fault ?? faultIn(error)
  }

  async idle(): Promise<void> {}

  async dispose(): Promise<void> {
    this.#disposed = true
    await this.inner.dispose()
    this.mishaps.open--
  }
}

const zerosLike = (outputs: Outputs): Outputs =>
  Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tf.zerosLike(tensor)]))
