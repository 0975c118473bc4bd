/**
 * The program's one source of chance: xoshiro128** 1.1 (Blackman and Vigna 2018, prng.di.unimi.it), seeded through
 * splitmix32, with a state that fits in a checkpoint. The same seed gives the same numbers in every engine: nothing
 * here uses `Math.random`, and every draw consumes a whole number of 32-bit words.
 */

/** The four 32-bit words of the generator, as unsigned integers. */
export type RandomState = readonly [number, number, number, number]

export class Random {
  #state: Uint32Array

  /** @param seed any safe integer */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${seed}`)
    // splitmix32: a counter of golden-ratio steps through the finaliser, started where both halves of the seed lead.
    let counter = finalise(finalise(seed >>> 0) + Math.floor(seed / 2 ** 32))
    this.#state = Uint32Array.from({ length: 4 }, () => finalise((counter += 0x9e3779b9)))
  }

  getState(): RandomState {
    const [a, b, c, d] = this.#state
    return [a!, b!, c!, d!]
  }

  setState(state: RandomState): void {
    const words = Uint32Array.from(state)
    if (words.length !== 4 || words.every((word) => word === 0)) throw new RangeError('not a state of this generator')
    this.#state = words
  }

  /** Uniform over the integers 0 ..< 2^32. One word. */
  uint32(): number {
    const s = this.#state
    const x = Math.imul(s[1]!, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0
    const t = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = (s[3]! << 11) | (s[3]! >>> 21)
    return result
  }

  /** Uniform in [0, 1), 53 bits. Two words. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53
  }

  /** Uniform over the integers 0 ..< bound, without modulo bias. `bound` is at most 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new RangeError(`cannot draw below ${bound}`)
    const limit = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const draw = this.uint32()
      if (draw < limit) return draw % bound
    }
  }

  /** Standard normal by Box-Muller. Four words; the second value of the pair is dropped so that no state is hidden. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Standard normals, [length]. */
  normals(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.normal())
  }

  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T extends { readonly length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = items[i]
      items[i] = items[j]
      items[j] = held
    }
    return items
  }

  /** A shuffled 0 ..< length. */
  permutation(length: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length }, (_, i) => i))
  }
}

/** murmur3's 32-bit finaliser (Appleby 2011): every bit of the result depends on every bit of the word. */
function finalise(word: number): number {
  let z = word | 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}
