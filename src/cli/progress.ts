/** Progress of a run on a terminal: a bar that redraws itself, or plain lines where the output is a file or a pipe. */
import type { LabEvent } from '../lab/protocol'

const BAR_WIDTH = 28

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export class Progress {
  #steps = 0
  #validation = ''
  #drawn = false
  /** What the frozen model without a border is called. */
  before = 'Zero-shot'

  constructor(private readonly out: Output) {}

  set steps(total: number) {
    this.#steps = total
  }

  hear(event: LabEvent): void {
    if (event.type === 'progress') this.#bar(event.stage, event.done, event.total, '')
    if (event.type === 'zeroShot') this.line(`${this.before} on validation: ${percent(event.accuracy.top1)}`)
    if (event.type === 'validation') {
      this.#validation = `val ${percent(event.accuracy.top1)}`
      if (!this.out.isTTY) this.line(`step ${event.step}  ${this.#validation}`)
    }
    if (event.type === 'steps') {
      const rest = `loss ${event.loss.at(-1)!.toFixed(3)}  ${this.#validation}  ${duration(event.etaSeconds)} left`
      this.#bar('learning', event.step.at(-1)!, this.#steps, rest)
    }
  }

  /** A line of its own, above the bar. */
  line(text: string): void {
    this.#clear()
    this.out.write(`${text}\n`)
  }

  #bar(what: string, done: number, total: number, rest: string): void {
    if (!this.out.isTTY) return
    const filled = total > 0 ? Math.round((BAR_WIDTH * done) / total) : 0
    const bar = '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled)
    this.#clear()
    this.out.write(`${what.padEnd(9)} ${bar} ${done}/${total}  ${rest}`.slice(0, (this.out.columns ?? 80) - 1))
    this.#drawn = true
    // The bar of a finished stage gives way to what comes next.
    if (done === total) this.#clear()
  }

  #clear(): void {
    if (this.#drawn) this.out.write('\r\x1b[2K')
    this.#drawn = false
  }
}
