/** Interleaved timing: each round lets every contender do a forward and a step, so that noise falls on all alike. */

export interface Measured {
  readonly forwardMs: number
  readonly stepMs: number
  /** Median over rounds of step / forward of the same round. */
  readonly ratio: number
}

export interface Contender {
  /** Takes part in the first round only: a step takes it most of a minute. */
  readonly slow?: boolean
  /** Evaluation: loss and logits. */
  forward(): Promise<void>
  /** Training: loss, logits and the gradient of what is added to all pictures. */
  step(): Promise<void>
}

export async function interleave(contenders: readonly Contender[], rounds: number): Promise<Measured[]> {
  const times = contenders.map(() => ({ forward: [] as number[], step: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      // Rotated, so that no contender always comes after the same other.
      const at = (i + round) % contenders.length
      if (contenders[at]!.slow && round > 0) continue
      times[at]!.forward.push(await milliseconds(() => contenders[at]!.forward()))
      times[at]!.step.push(await milliseconds(() => contenders[at]!.step()))
    }
  }
  return times.map(({ forward, step }) => ({
    forwardMs: median(forward),
    stepMs: median(step),
    ratio: median(step.map((ms, i) => ms / forward[i]!)),
  }))
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
