/**
 * Keeps one run while it learns: its record, its latest checkpoint and its curves, every few seconds and whenever the run
 * comes to a stand, each time as one commit of things that belong together. Learning never waits for it and never fails by
 * it: where nothing can be kept the person is told once, and it is tried again.
 */
import type { Checkpoint } from '../learning/checkpoint'
import type { StepReport } from '../learning/report'
import type { Validation } from '../learning/selection'
import { FullError } from '../models/hub/store'
import type { HeldRun } from '../records/locks'
import type { Keyframe, Predictions, RunRecord } from '../records/run-record'
import type { PartChanges, RunStore } from '../records/run-store'
import { describeError, UserError } from '../errors'
import { said } from '../sentence'
import { History } from './history'
import { Journal } from './journal'
import type { LabEvent } from './protocol'

/** Between two saves while learning goes on, ms. */
export const SAVE_MS = 3000
/** After one that failed. */
const RETRY_MS = 15_000
/** Borders of the way that are kept of a run, bytes; the lab holds more of the one that is open. */
const HISTORY_BYTES = 16 * 2 ** 20

export interface KeeperOptions {
  readonly store: RunStore
  readonly held: HeldRun
  readonly record: RunRecord
  readonly emit: (event: LabEvent) => void
  /** Another page has taken the run over: nothing more is kept here. */
  readonly onLost: () => void
  /** What was kept of it before. */
  readonly journal?: Journal
  readonly keyframes?: readonly Keyframe[]
  readonly saveEveryMs?: number
}

/** What waits to be saved. */
type Pending = { -readonly [K in keyof PartChanges]: PartChanges[K] }

export class RunKeeper {
  readonly journal: Journal
  #record: RunRecord
  #pending: Pending = {}
  #checkpoint: Checkpoint | null = null
  /** Keyframes that are to be kept, and steps of those that are. */
  readonly #history: History
  readonly #kept: Set<number>
  /** Given up for want of room. */
  readonly #thinned = new Set<number>()
  #savedSteps = 0
  #savedMs = performance.now()
  #saving: Promise<void> = Promise.resolve()
  #busy = false
  /** There is something that should not wait for its time. */
  #wanted = false
  #told = false
  #lost = false
  #released = false

  constructor(private readonly options: KeeperOptions) {
    const { held, journal, keyframes, record } = options
    this.#record = record
    this.journal = journal ?? new Journal()
    this.#history = new History({ steps: record.recipe.steps, mostBytes: HISTORY_BYTES })
    this.#history.load(keyframes ?? [])
    this.#kept = new Set(keyframes?.map(({ step }) => step))
    void held.lost.then(() => {
      if (this.#released) return
      this.#lost = true
      options.onLost()
    })
  }

  get record(): RunRecord {
    return this.#record
  }

  get lost(): boolean {
    return this.#lost
  }

  /** A checkpoint would be welcome: the last save is some seconds ago. */
  get due(): boolean {
    return !this.#busy && performance.now() - this.#savedMs >= (this.options.saveEveryMs ?? SAVE_MS)
  }

  note(changes: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...changes }
  }

  steps(reports: readonly StepReport[], imagesPerSecond: number | null): void {
    for (const report of reports) this.journal.add(report, imagesPerSecond)
  }

  /** @param best what the validated border answered, where it is the best so far; and its picture */
  validated(validation: Validation, best: { readonly val: Predictions; readonly border: Float32Array } | null): void {
    this.journal.addValidation(validation)
    if (best) this.keep({ val: best.val, border: best.border.slice() })
    this.#wanted = true
  }

  keep(parts: Pick<PartChanges, 'test' | 'border' | 'baseline' | 'val' | 'arrangement'>): void {
    Object.assign(this.#pending, parts)
  }

  keyframe({ step, parameters }: Keyframe): void {
    this.#history.keep(step, parameters)
  }

  /** A state that the run could go on from; every step up to it has been told. */
  stood(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint
    if (this.due || this.#wanted) void this.save()
  }

  /** Saves what there is; resolves when that has been done, or has failed. */
  save(): Promise<void> {
    const turn = this.#saving.then(() => this.#save())
    this.#saving = turn
    return turn
  }

  /** Lets the run go: another page may work on it now. */
  async close(): Promise<void> {
    await this.#saving
    this.#released = true
    this.options.held.release()
  }

  async #save(): Promise<void> {
    if (this.#lost || this.#released) return
    const [pending, checkpoint] = [this.#pending, this.#checkpoint]
    this.#pending = {}
    this.#wanted = false
    this.#busy = true
    try {
      await this.#commit(this.#changes(pending, checkpoint), checkpoint)
      this.#savedMs = performance.now()
      this.#told = false
    } catch (error) {
      this.#pending = { ...pending, ...this.#pending }
      this.#savedMs = performance.now() + RETRY_MS - (this.options.saveEveryMs ?? SAVE_MS)
      this.#tell(error)
    } finally {
      this.#busy = false
    }
  }

  #changes(pending: Pending, checkpoint: Checkpoint | null): PartChanges {
    if (!checkpoint) return pending
    const here = (step: number) => step <= checkpoint.step && !this.#thinned.has(step)
    const wanted = new Set(this.#history.steps.filter(here))
    return {
      ...pending,
      checkpoint,
      curves: { all: this.journal.until(checkpoint.step), savedSteps: this.#savedSteps },
      keyframes: this.#history.keyframes.filter(({ step }) => wanted.has(step) && !this.#kept.has(step)),
      dropKeyframes: [...this.#kept].filter((step) => !wanted.has(step)),
    }
  }

  /** Where the disk is full, borders of the way go first, then the run's own new parts are all there is to keep. */
  async #commit(changes: PartChanges, checkpoint: Checkpoint | null): Promise<void> {
    this.note({
      updatedAt: new Date().toISOString(),
      ...(checkpoint && { step: checkpoint.step, best: bestOf(checkpoint) }),
    })
    const record = this.#record
    let saved = changes
    try {
      await this.options.store.save(record, changes)
    } catch (error) {
      if (!(error instanceof FullError)) throw error
      const kept = [...this.#kept].sort((a, b) => a - b)
      // The first and the last of them say most.
      saved = { ...changes, keyframes: [], dropKeyframes: kept.slice(1, -1) }
      await this.options.store.save(record, saved)
      for (const { step } of changes.keyframes ?? []) this.#thinned.add(step)
      for (const step of saved.dropKeyframes ?? []) this.#thinned.add(step)
    }
    for (const { step } of saved.keyframes ?? []) this.#kept.add(step)
    for (const step of saved.dropKeyframes ?? []) this.#kept.delete(step)
    if (saved.curves) this.#savedSteps = saved.curves.all.steps.step.length
    this.options.emit({ type: 'record', record })
  }

  #tell(error: unknown): void {
    if (this.#told) return
    this.#told = true
    this.options.emit({
      type: 'keeping',
      forGood: false,
      ...describeError(error instanceof FullError ? noRoom() : notKept(error)),
    })
  }
}

/** The browser lets this page keep nothing. */
export const keepingRefused = () =>
  new UserError(
    'This browser keeps nothing for this page (a private window, or storage is forbidden): runs are gone when the page is left. Learning goes on.',
    'Export this run before the page is left, or open the page in an ordinary window.',
  )

const noRoom = () =>
  new UserError(
    'The browser has no room left to keep this run; learning goes on.',
    'Remove runs or models that are no longer needed, or export this run before the page is left.',
  )

const notKept = (error: unknown) =>
  new UserError(
    said`This run could not be kept (${describeError(error).message}); learning goes on.`,
    'It is tried again by itself; export the run before the page is left.',
  )

const bestOf = ({ best }: Checkpoint): RunRecord['best'] =>
  best && { step: best.validation.step, accuracy: best.validation.accuracy }
