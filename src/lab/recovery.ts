/**
 * Work that survives its device. What lives on a device (session, tensors) is one thing of type T, made by `make`; work that
 * ends in a fault is done again on a newly made one.
 *
 *   ready --fault--> recovering --made--> ready
 *                    recovering --out of tries--> gone --work is asked for--> recovering
 *
 * Tries are counted in a row: `progress` says that what was made has done something lasting, and the count starts anew.
 */
import { describeError, UserError } from '../errors'
import { EngineFault } from '../runtime/fault'
import { pause, settlesWithin } from '../runtime/time-limit'
import { said } from '../sentence'

/** Rebuilds in a row without progress, after which it is given up. */
export const MOST_FAILURES = 3

export interface Rebuilding {
  readonly fault: EngineFault
  /** 1 for the first in a row. */
  readonly attempt: number
  /** Rows of one run of the graph, from now on. */
  readonly rows: number
  /** They are fewer than before. */
  readonly halved: boolean
}

export interface RecoveryOptions<T> {
  /** Rows of one run of the graph, to begin with. */
  readonly rows: number
  /** @param fault why it is made again; null the first time */
  make(rows: number, fault: EngineFault | null): Promise<T>
  /** Frees it, on whatever is left of its device. Never throws. */
  free(thing: T): Promise<void>
  faultOf(error: unknown): Promise<EngineFault | null>
  onRebuilding(rebuilding: Rebuilding): void
  /** A rebuild is over: there is a new one, or it was given up. */
  onEnd(): void
  /** Waits before the second, third... attempt in a row, ms. */
  readonly waitMs?: readonly number[]
  /** True when nobody wants the work any more. */
  abandoned(): boolean
}

/** A driver needs a moment to come back. */
const WAIT_MS = [0, 500, 2000] as const

/** Work under way on a lost device ends by itself; so long it is waited for, ms. */
const SETTLE_MS = 5000

export class Recovery<T> {
  #rows: number
  #current: T | null = null
  #failures = 0
  #making: Promise<T> | null = null
  /** Work under way. */
  readonly #busy = new Set<Promise<unknown>>()

  constructor(private readonly options: RecoveryOptions<T>) {
    this.#rows = options.rows
  }

  /** What there is now; null while it is being made, or could not be. */
  get current(): T | null {
    return this.#current
  }

  /** What was lost is being made again. */
  get busy(): boolean {
    return this.#making !== null
  }

  get rows(): number {
    return this.#rows
  }

  /** True from a rebuild until there is progress. */
  get shaky(): boolean {
    return this.#failures > 0
  }

  progress(): void {
    this.#failures = 0
  }

  /**
   * Does the work, again and again as long as faults come between and there are tries left.
   * @throws UserError when what was lost could not be had again, and whatever else `work` throws
   */
  async run<R>(work: (thing: T) => Promise<R>): Promise<R> {
    for (;;) {
      const thing = await this.#ready()
      try {
        return await this.#track(work(thing))
      } catch (error) {
        const fault = await this.options.faultOf(error)
        if (!fault || this.options.abandoned()) throw error
        if (this.#current === thing) await this.#rebuild(fault)
      }
    }
  }

  /** Frees what there is, once the work under way is done; it is made again when work is asked for. */
  async rest(): Promise<void> {
    await this.#making?.catch(() => undefined)
    await this.#settle()
    await this.#drop()
  }

  /** Frees what there is, once no rebuilding is under way. */
  async dispose(): Promise<void> {
    await this.#making?.catch(() => undefined)
    await this.#drop()
  }

  async #ready(): Promise<T> {
    if (this.#making) return this.#making
    return this.#current ?? this.#make(null)
  }

  /** One at a time, however many pieces of work meet the fault. */
  #rebuild(fault: EngineFault): Promise<T> {
    return this.#making ?? this.#make(fault)
  }

  #make(fault: EngineFault | null): Promise<T> {
    let rebuilt = fault !== null
    const attempts = this.#attempts(fault, () => (rebuilt = true)).finally(() => {
      this.#making = null
      if (rebuilt) this.options.onEnd()
    })
    this.#making = attempts
    return attempts
  }

  async #attempts(first: EngineFault | null, onFault: () => void): Promise<T> {
    let fault = first
    for (;;) {
      if (fault) {
        onFault()
        await this.#prepare(fault, first ?? fault)
      }
      try {
        this.#current = await this.options.make(this.#rows, fault)
        return this.#current
      } catch (error) {
        const next = await this.options.faultOf(error)
        // The first time, what is no fault (a damaged model, say) is its asker's; in a rebuild it is one more failure.
        if (!next && !fault) throw error
        if (this.options.abandoned()) throw error
        fault = next ?? again(error)
      }
    }
  }

  /** Frees what the fault took, and decides on how many rows it is made again, or that it is not. */
  async #prepare(fault: EngineFault, first: EngineFault): Promise<void> {
    await this.#settle()
    await this.#drop()
    const memory = fault.kind === 'out-of-memory'
    if (!memory) this.#failures++
    if ((memory && this.#rows === 1) || this.#failures > MOST_FAILURES) throw this.#givenUp(fault, first)
    // A device that is lost again at the same place may have been asked for too much at once.
    const halved = this.#rows > 1 && (memory || this.#failures === 2)
    if (halved) this.#rows = Math.ceil(this.#rows / 2)
    this.options.onRebuilding({ fault, attempt: Math.max(1, this.#failures), rows: this.#rows, halved })
    const { waitMs = WAIT_MS } = this.options
    await pause(waitMs[Math.min(this.#failures, waitMs.length) - 1] ?? 0)
  }

  #givenUp(fault: EngineFault, first: EngineFault): UserError {
    this.#failures = 0
    if (fault.kind === 'out-of-memory') {
      return new UserError(
        'Memory does not suffice for a single image of this model.',
        'Choose a smaller model, or close other pages and programs and start again.',
        { cause: fault },
      )
    }
    if (first.kind === 'out-of-memory') {
      return new UserError(
        said`Memory ran out, and going on with fewer images at a time failed. ${fault.said.message}`,
        'The last good border is kept; reload the page, and choose a smaller model or close other pages and programs.',
        { cause: fault },
      )
    }
    return new UserError(
      said`The graphics device could not be brought back in ${MOST_FAILURES} tries. ${fault.said.message}`,
      'The last good border is kept; close other pages and programs that use the GPU and start again, or open the page with ?backend=wasm.',
      { cause: fault },
    )
  }

  async #drop(): Promise<void> {
    const thing = this.#current
    this.#current = null
    if (thing !== null) await this.options.free(thing)
  }

  #track<R>(work: Promise<R>): Promise<R> {
    this.#busy.add(work)
    const done = () => this.#busy.delete(work)
    work.then(done, done)
    return work
  }

  async #settle(): Promise<void> {
    await settlesWithin(SETTLE_MS, Promise.allSettled([...this.#busy]))
  }
}

/** A rebuild that failed by something other than a fault: the device is as lost as it was. */
function again(error: unknown): EngineFault {
  const { message, remedy } = describeError(error)
  return new EngineFault('device-error', message, remedy, { cause: error })
}
