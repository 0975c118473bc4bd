/**
 * Pause, resume, single steps and stop, between whoever learns and whoever commands. The learner asks `next()` before
 * every step and waits there while paused; a command resolves once the learner stands still (or has ended).
 */

export class Control {
  #mode: 'running' | 'paused' | 'stopped'
  /** Steps that may be made although paused. */
  #allowed = 0
  #ended = false
  #wake: (() => void) | null = null
  #waiting: (() => void)[] = []

  constructor(
    paused: boolean,
    /** Called each time the learner comes to a stand, before the commands that wait for it are answered. */
    private readonly onStand: () => Promise<void>,
  ) {
    this.#mode = paused ? 'paused' : 'running'
  }

  get paused(): boolean {
    return this.#mode === 'paused'
  }

  /** For the learner: true when it is to make a step, false when it is to stop. */
  async next(): Promise<boolean> {
    for (;;) {
      if (this.#mode === 'running') return true
      if (this.#mode === 'stopped') return false
      if (this.#allowed > 0) {
        this.#allowed--
        return true
      }
      await this.onStand()
      // A command may have come while the stand was reported.
      if (this.#mode !== 'paused' || this.#allowed > 0) continue
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      this.#answer()
      await woken
    }
  }

  /** For the learner: no step will follow. */
  end(): void {
    this.#ended = true
    this.#answer()
  }

  pause(): Promise<void> {
    if (this.#mode === 'running') this.#mode = 'paused'
    return this.#standing()
  }

  resume(): void {
    if (this.#mode === 'paused') this.#mode = 'running'
    this.#stir()
  }

  /** One step; resolves when it is done. */
  step(): Promise<void> {
    if (this.#mode !== 'paused') return Promise.resolve()
    this.#allowed++
    return this.#standing()
  }

  stop(): void {
    this.#mode = 'stopped'
    this.#stir()
  }

  #standing(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    const standing = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#stir()
    return standing
  }

  #stir(): void {
    this.#wake?.()
    this.#wake = null
  }

  #answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
