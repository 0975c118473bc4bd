/**
 * An engine whose device goes away, or whose memory runs out, at a chosen moment: the n-th create, run, use of outputs or
 * reading of a tensor, counted over all engines that are opened one after another.
 */
import type { Engine, ExternalData, Feeds, Outputs, Session } from '../../src/runtime/engine'
import { deviceLost, type EngineFault, faultIn } from '../../src/runtime/fault'
import { hostMemory } from '../../src/runtime/memory'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'

/** `open`: asking for an engine. `use`: after a run, before its outputs are read. `read`: any tensor. */
export type Moment = 'open' | 'create' | 'run' | 'use' | 'read'

/** `broken`: an error that is no fault. */
export type Mishap = 'lost' | 'memory' | 'broken'

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

  at(moment: Moment): void {
    const mishap = this.plan(moment, ++this.counts[moment])
    if (!mishap) return
    this.happened++
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
      this.#check('run')
      const used = (outputs: Outputs) => {
        this.#check('use')
        return use(outputs)
      }
      return session.run(feeds, used, fetches)
    }
    return { run, dispose: () => session.dispose() }
  }

  #check(moment: Moment): void {
    if (this.#disposed) throw new Error('this engine is disposed')
    if (this.fault) throw this.fault
    this.mishaps.at(moment)
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
