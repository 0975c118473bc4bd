/**
 * A study at work: the cells that are missing, one after the other, each begun again where a fault came between. Messages are let
 * in between batches. A method that does not go here is told of and passed over.
 */
import { describeError, UserError, type Trouble } from '../errors'
import { FullError } from '../models/hub/store'
import { MOST_ROWS } from '../methods/training-memory'
import type { FrozenModel } from '../models/frozen-model'
import type { Task } from '../data/task'
import { faultIn } from '../runtime/fault'
import { said } from '../sentence'
import { StudyBench } from '../study/bench'
import { Eta } from '../study/run-study'
import { keyOf, type Cell } from '../study/plan'
import { runTrial, type Trial } from '../study/trial'
import { yieldToMessages } from '../yield'
import type { StudyAtWork } from './holdings'
import type { LabEvent } from './protocol'
import type { Studying } from './protocol-study'
import { Recovery } from './recovery'
import type { Workbench } from './workbench'

/** Between two tellings of the same work, ms. */
const TELL_MS = 150

type Now = Omit<Studying, 'done' | 'total' | 'etaSeconds'>

/** Thrown inside a study that was stopped; nobody is told. */
class Stopped extends Error {}

export interface StudyWorkOptions {
  readonly bench: Pick<Workbench, 'engine' | 'faultOf'>
  readonly model: FrozenModel
  readonly task: Task
  /** All of the grid, in order; those that `known` has are passed over. */
  readonly cells: readonly Cell[]
  readonly known: ReadonlyMap<string, Trial>
  readonly keep: (trial: Trial) => Promise<void>
  readonly emit: (event: LabEvent) => void
  /** It has ended, before anybody is told. */
  readonly onEnd: () => void
}

export class StudyWork implements StudyAtWork {
  readonly ended: Promise<void>
  readonly #stop = new AbortController()
  readonly #eta = new Eta()
  readonly #left: StudyWorkOptions['cells']
  readonly #recovery: Recovery<StudyBench>
  #done: number
  /** Labels of what is to be measured, the cell under way first, and the part of that which is done. */
  #toGo: readonly string[] = []
  #share = 0
  #now: Now = NOTHING
  #toldMs = -Infinity

  constructor(private readonly options: StudyWorkOptions) {
    const { cells, known } = options
    this.#left = cells.filter((cell) => !known.has(keyOf(cell)))
    this.#done = cells.length - this.#left.length
    for (const cell of cells) {
      const trial = known.get(keyOf(cell))
      if (trial) this.#eta.took(cell.contender.label, trial.trainSeconds + trial.testSeconds)
    }
    this.#recovery = this.#recover()
    this.ended = this.#drive()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Stopped())
    await this.ended
  }

  async #drive(): Promise<void> {
    const { emit, onEnd } = this.options
    let trouble: Trouble | null = null
    try {
      // Whoever has begun it is answered before.
      await yieldToMessages()
      await this.#measureAll()
    } catch (error) {
      if (!this.#stop.signal.aborted) trouble = describeError(keptOn(error))
    }
    await this.#recovery.dispose()
    onEnd()
    const how = trouble ? 'failed' : this.#stop.signal.aborted ? 'stopped' : 'finished'
    emit({ type: 'studyEnded', how, trouble })
  }

  async #measureAll(): Promise<void> {
    // Without one it is not a method that does not go.
    await this.options.bench.engine()
    const refused = new Set<string>()
    for (const [i, cell] of this.#left.entries()) {
      const { label } = cell.contender
      if (refused.has(label)) continue
      this.#stop.signal.throwIfAborted()
      try {
        const beganMs = performance.now()
        const trial = await this.#measure(cell, i)
        this.#recovery.progress()
        // By the clock: what methods share is charged to each of them, and done once.
        this.#eta.took(label, (performance.now() - beganMs) / 1000)
        this.#done++
        await this.#keep(trial)
      } catch (error) {
        if (this.#stop.signal.aborted || (await this.options.bench.faultOf(error))) throw error
        refused.add(label)
        this.options.emit({ type: 'studyRefused', label, trouble: describeError(error) })
      }
    }
  }

  #measure(cell: Cell, i: number): Promise<Trial> {
    const { contender, seed } = cell
    this.#toGo = this.#left.slice(i).map((one) => one.contender.label)
    return this.#recovery.run(async (bench) => {
      this.#share = 0
      this.#tell({ label: contender.label, seed, doing: learned(0), validation: null, recovering: null }, 'now')
      const trial = await runTrial(bench, cell, {
        signal: this.#stop.signal,
        onProgress: (share) => {
          this.#share = share
          this.#tell({ doing: learned(share) })
        },
        onValidation: (validation) => this.#tell({ validation }, 'now'),
        onPictures: (what, done, total) => this.#tell({ doing: { what, done, total } }),
      })
      // What is read from a device that dropped a run is no number of this method's.
      await bench.engine.idle()
      if (bench.engine.fault) throw bench.engine.fault
      return trial
    })
  }

  async #keep(trial: Trial): Promise<void> {
    const { emit, keep } = this.options
    const { seed, contender } = trial
    let keeping: Trouble | null = null
    try {
      await keep(trial)
    } catch (error) {
      keeping = describeError(error instanceof FullError ? noRoom() : notKept(error))
    }
    emit({ type: 'studied', label: contender.label, seed, keeping })
  }

  #tell(changed: Partial<Now>, when: 'now' | 'in a while' = 'in a while'): void {
    this.#now = { ...this.#now, ...changed }
    const nowMs = performance.now()
    if (when === 'in a while' && nowMs - this.#toldMs < TELL_MS) return
    this.#toldMs = nowMs
    this.options.emit({
      ...{ type: 'studying', done: this.#done, total: this.options.cells.length },
      ...this.#now,
      etaSeconds: this.#eta.seconds(this.#toGo, this.#share),
    })
  }

  #recover(): Recovery<StudyBench> {
    const { bench, model, task } = this.options
    return new Recovery({
      rows: MOST_ROWS,
      make: async (rows) => new StudyBench(await bench.engine(), model, task, rows),
      free: (one) => one.dispose().catch(() => undefined),
      faultOf: (error) => bench.faultOf(error),
      onRebuilding: ({ fault }) => this.#tell({ validation: null, recovering: fault.said.message }, 'now'),
      onEnd: () => undefined,
      abandoned: () => this.#stop.signal.aborted,
    })
  }
}

/** A share of 1, in hundredths. */
const learned = (share: number): Studying['doing'] => ({
  ...{ what: 'learning', done: Math.round(100 * share), total: 100 },
})

const NOTHING: Now = { label: '', seed: 0, doing: learned(0), validation: null, recovering: null }

/** What ended a study ends with what is left of it. */
function keptOn(error: unknown): unknown {
  if (!faultIn(error)) return error
  const { said: sentences, message } = describeError(error)
  return new UserError(
    sentences?.message ?? message,
    'What has been measured is kept: start again to go on, with a smaller model or other pages and programs closed.',
    { cause: error },
  )
}

const noRoom = () =>
  new UserError(
    'The browser has no room left to keep what the study measured; it goes on.',
    'Remove runs or models that are no longer needed, or export the study before the page is left.',
  )

const notKept = (error: unknown) =>
  new UserError(
    said`What the study measured could not be kept (${describeError(error).message}); it goes on.`,
    'Export the study before the page is left.',
  )
