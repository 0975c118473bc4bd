/**
 * The way of a border, for looking back: exact parameters at each validation and on a grid of steps that widens as the run
 * goes on (a quarter of an octave apart), in bounded memory.
 *
 * When memory is full, the keyframe goes whose neighbours lie closest. Closeness is measured half by step and half by its
 * logarithm, since a border changes fast at first: the beginning stays fine, and of a long run nothing falls silent.
 */
import type { NamedTensors } from '../methods/method'
import type { Keyframe, Predictions } from '../records/run-record'

/** Parameters of a run that are kept at most, bytes: 240 keyframes of a 30-pixel border on 224 pixels. */
const MOST_BYTES = 64 * 2 ** 20

/** Points of the grid in an octave. */
const PER_OCTAVE = 4

export interface HistoryOptions {
  /** Steps of the whole run. */
  readonly steps: number
  readonly mostBytes?: number
  /** Told the steps kept, ascending, whenever they change. */
  readonly onChange?: (steps: readonly number[]) => void
}

interface Kept extends Keyframe {
  readonly bytes: number
  /** Of the images validated, with these parameters; null until somebody asks. */
  validation: Predictions | null
}

export class History {
  #kept: Kept[] = []
  #bytes = 0
  #loading = false

  constructor(private readonly options: HistoryOptions) {}

  /** Steps kept, ascending. */
  get steps(): readonly number[] {
    return this.#kept.map(({ step }) => step)
  }

  /** All that is kept, in order of steps. */
  get keyframes(): readonly Keyframe[] {
    return this.#kept.map(({ step, parameters }) => ({ step, parameters }))
  }

  /** Whether a step lies on the grid. */
  due(step: number): boolean {
    if (step < 1) return false
    const nearest = Math.round(PER_OCTAVE * Math.log2(step))
    return Math.round(2 ** (nearest / PER_OCTAVE)) === step
  }

  /** Keeps the parameters after a step, in place of what was kept of the same step. What is not finite is not kept. */
  keep(step: number, parameters: NamedTensors, validation: Predictions | null = null): void {
    const tensors = Object.values(parameters)
    if (!tensors.every(({ data }) => data.every(Number.isFinite))) return
    const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0)
    const at = this.#kept.findIndex((kept) => kept.step >= step)
    const place = at < 0 ? this.#kept.length : at
    const replaced = this.#kept[place]?.step === step ? 1 : 0
    const [old] = this.#kept.splice(place, replaced, { step, parameters, bytes, validation })
    this.#bytes += bytes - (old?.bytes ?? 0)
    this.#thin()
    if (!this.#loading) this.options.onChange?.(this.steps)
  }

  /** Takes over what was kept of this run before. */
  load(keyframes: readonly Keyframe[]): void {
    this.#kept = []
    this.#bytes = 0
    this.#loading = true
    for (const { step, parameters } of keyframes) this.keep(step, parameters)
    this.#loading = false
    this.options.onChange?.(this.steps)
  }

  /** The last keyframe at or before a step, else the first; null while there is none. */
  at(step: number): Keyframe | null {
    return this.#find(step) ?? null
  }

  validation(step: number): Predictions | null {
    return this.#find(step)?.validation ?? null
  }

  setValidation(step: number, validation: Predictions): void {
    const kept = this.#find(step)
    if (kept?.step === step) kept.validation = validation
  }

  #find(step: number): Kept | undefined {
    return this.#kept.findLast((kept) => kept.step <= step) ?? this.#kept[0]
  }

  #thin(): void {
    const { mostBytes = MOST_BYTES, steps } = this.options
    const place = (step: number) => step / Math.max(1, steps) + Math.log1p(step) / Math.log1p(Math.max(1, steps))
    while (this.#bytes > mostBytes && this.#kept.length > 2) {
      const places = this.#kept.map(({ step }) => place(step))
      let closest = 1
      const gap = (i: number) => places[i + 1]! - places[i - 1]!
      for (let i = 2; i < places.length - 1; i++) if (gap(i) < gap(closest)) closest = i
      const [gone] = this.#kept.splice(closest, 1)
      this.#bytes -= gone!.bytes
    }
  }
}
