/** Seeded numbers for tests: the same seed gives the same values on every machine. */

/** mulberry32: uniform in [0, 1). */
export function uniformSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Standard normal values (Box-Muller). */
export function normalSource(seed: number): () => number {
  const uniform = uniformSource(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

export function normals(seed: number, n: number, scale = 1, mean = 0): number[] {
  const next = normalSource(seed)
  return Array.from({ length: n }, () => mean + scale * next())
}

/** Values in [low, high). */
export function uniforms(seed: number, n: number, low: number, high: number): number[] {
  const next = uniformSource(seed)
  return Array.from({ length: n }, () => low + (high - low) * next())
}

/** Either sign, with an absolute value in [low, high). */
export function signed(seed: number, n: number, low: number, high: number): number[] {
  const next = uniformSource(seed)
  return Array.from({ length: n }, () => (next() < 0.5 ? -1 : 1) * (low + (high - low) * next()))
}

export function shuffled<T>(seed: number, items: readonly T[]): T[] {
  const next = uniformSource(seed)
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[out[i], out[j]] = [out[j]!, out[i]!]
  }
  return out
}

/** Values in random order, no two closer than 0.03: for maxima, whose derivative has kinks. */
export function spaced(seed: number, n: number): number[] {
  const jitter = uniformSource(seed + 1)
  const ladder = Array.from({ length: n }, (_, i) => (i - n / 2) * 0.05 + 0.02 * jitter())
  return shuffled(seed, ladder)
}
