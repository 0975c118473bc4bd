/** Rate of a download and the time that is left, smoothed so that the numbers can be read. */

/** Seconds over which older speed is forgotten. */
const MEMORY_SECONDS = 4

/** Before so much time has passed a rate would be noise. */
const FIRST_SECONDS = 0.5

export class Rate {
  #sinceSeconds: number
  #since = 0
  #rate: number | null = null

  /** @param now seconds, of any clock that does not run backwards */
  constructor(now: number) {
    this.#sinceSeconds = now
  }

  /** Takes in that `bytes` have come since the start. */
  update(bytes: number, now: number): void {
    const seconds = now - this.#sinceSeconds
    if (seconds < FIRST_SECONDS) return
    const recent = (bytes - this.#since) / seconds
    const weight = 1 - Math.exp(-seconds / MEMORY_SECONDS)
    this.#rate = this.#rate === null ? recent : this.#rate + weight * (recent - this.#rate)
    this.#sinceSeconds = now
    this.#since = bytes
  }

  /** 0 until it is known. */
  get bytesPerSecond(): number {
    return this.#rate ?? 0
  }

  /** Null until a rate is known. */
  etaSeconds(missing: number): number | null {
    return this.#rate === null || this.#rate <= 0 ? null : missing / this.#rate
  }
}
