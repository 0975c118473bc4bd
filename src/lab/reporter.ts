/** What the page hears of the steps: gathered into few messages, with speed and time to go. Pauses do not count. */
import type { StepReport } from '../learning/report'
import { secondsLeft, type Pace, type Plan } from './forecast'
import type { Learner } from '../learning/learner'
import type { LabEvent } from './protocol'

/** Steps are gathered for so long before they are sent, ms. */
const FLUSH_MS = 100
/** The border is sent at most so often, ms. */
const BORDER_MS = 150
/** Weight of the newest step in the running mean of step times. */
const SMOOTHING = 0.1

export interface ReporterOptions {
  /** Hears of every step once, as soon as its figures are there. */
  readonly onSteps?: (reports: readonly StepReport[], imagesPerSecond: number | null) => void
  /** What was made of the run before it was left. */
  readonly before?: { readonly steps: number; readonly secondsPerStep: number }
}

export class RunReporter {
  #gathered: StepReport[] = []
  /** Last step that was reported. */
  #told = 0
  #flushedMs = performance.now()
  #borderMs = 0
  #beganMs = 0
  #stepMs = 0
  #steps = 0
  /** Time from step to step, without pauses and without validation. */
  #paceMs: number | null = null
  #lastEndMs: number | null = null
  #validation: Pace['validation'] = null
  /** Running mean as well: the last batch of an epoch may be a few images only. */
  #imagesPerStep: number | null = null
  #pausedSinceMs: number | null = null
  #pausedMs = 0

  constructor(
    private readonly emit: (event: LabEvent) => void,
    private readonly plan: Plan,
    private readonly options: ReporterOptions = {},
  ) {
    const { steps = 0, secondsPerStep = 0 } = options.before ?? {}
    this.#steps = steps
    this.#stepMs = 1000 * secondsPerStep * steps
    this.#told = steps
  }

  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedSinceMs === null ? 0 : performance.now() - this.#pausedSinceMs)
  }

  /** Mean over all steps made, validation not included. */
  get secondsPerStep(): number {
    return this.#steps === 0 ? 0 : this.#stepMs / this.#steps / 1000
  }

  beginStep(): void {
    this.resume()
    this.#beganMs = performance.now()
    this.#lastEndMs ??= this.#beganMs
  }

  /** A step was made (or only its late reports read, when none has begun since the last). */
  endStep(reports: readonly StepReport[]): void {
    if (this.#beganMs > 0) {
      const now = performance.now()
      this.#stepMs += now - this.#beganMs
      this.#steps++
      const pace = now - this.#lastEndMs!
      this.#paceMs = this.#paceMs === null ? pace : mix(this.#paceMs, pace)
      this.#lastEndMs = now
      this.#beganMs = 0
    }
    // Steps that are made again after a fault were told the first time.
    const fresh = reports.filter(({ step }) => step > this.#told)
    this.#told = fresh.at(-1)?.step ?? this.#told
    for (const { images } of fresh) {
      this.#imagesPerStep = this.#imagesPerStep === null ? images : mix(this.#imagesPerStep, images)
    }
    this.#gathered.push(...fresh)
    this.options.onSteps?.(fresh, this.#imagesPerSecond)
    if (performance.now() - this.#flushedMs >= FLUSH_MS) this.flush()
  }

  /** Null until a step has been timed. */
  get #imagesPerSecond(): number | null {
    return this.#paceMs && this.#imagesPerStep ? (1000 * this.#imagesPerStep) / this.#paceMs : null
  }

  pause(): void {
    this.#pausedSinceMs ??= performance.now()
  }

  resume(): void {
    if (this.#pausedSinceMs === null) return
    this.#pausedMs += performance.now() - this.#pausedSinceMs
    this.#pausedSinceMs = null
    this.#lastEndMs = null
  }

  /** A validation took so long: it is foretold by itself, and no part of the pace of the steps. */
  validated(images: number, ms: number): void {
    this.#validation = { images, ms }
    this.#lastEndMs = null
  }

  borderIsDue(): boolean {
    return performance.now() - this.#borderMs >= BORDER_MS
  }

  async showBorder({ loop, method }: Pick<Learner, 'loop' | 'method'>): Promise<void> {
    this.emit({ type: 'prompt', step: loop.step, pixels: await method.border() })
    this.#borderMs = performance.now()
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#flushedMs = performance.now()
    const steps = this.#gathered.splice(0)
    const last = steps.at(-1)
    if (!last) return
    const stepMs = this.#paceMs ?? 0
    this.emit({
      type: 'steps',
      step: steps.map(({ step }) => step),
      loss: steps.map(({ loss }) => loss),
      learningRate: steps.map(({ learningRate }) => learningRate),
      gradientNorm: steps.map(({ gradientNorm }) => gradientNorm),
      batchAccuracy: steps.map(({ accuracy }) => accuracy),
      imagesPerSecond: this.#imagesPerSecond ?? 0,
      etaSeconds: secondsLeft(this.plan, last.step, { stepMs, validation: this.#validation }),
    })
  }
}

/** The running mean after one more value. */
const mix = (mean: number, value: number): number => mean + SMOOTHING * (value - mean)
