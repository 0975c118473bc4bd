/** The fast Fourier transform of Cooley and Tukey (1965), radix 2, in place: X[k] = sum_n x[n] exp(-2 pi i k n / N). */

export class Fft {
  readonly #cos: Float64Array
  readonly #sin: Float64Array
  readonly #reversed: Uint32Array

  /** @param size N, a power of two */
  constructor(readonly size: number) {
    if (size < 2 || (size & (size - 1)) !== 0)
      throw new Error(`a transform of ${size} values, which is no power of two`)
    const angle = (k: number) => (-2 * Math.PI * k) / size
    this.#cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos(angle(k)))
    this.#sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin(angle(k)))
    this.#reversed = new Uint32Array(size)
    for (let i = 1; i < size; i++) this.#reversed[i] = (this.#reversed[i >> 1]! >> 1) | (i & 1 ? size >> 1 : 0)
  }

  /** Real and imaginary parts, [N] each. */
  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this
    const [cos, sin, reversed] = [this.#cos, this.#sin, this.#reversed]
    for (let i = 0; i < size; i++) {
      const j = reversed[i]!
      if (j <= i) continue
      const [r, m] = [re[i]!, im[i]!]
      re[i] = re[j]!
      im[i] = im[j]!
      re[j] = r
      im[j] = m
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half)
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [a, b] = [start + k, start + k + half]
          const [c, s] = [cos[k * stride]!, sin[k * stride]!]
          const r = re[b]! * c - im[b]! * s
          const m = re[b]! * s + im[b]! * c
          re[b] = re[a]! - r
          im[b] = im[a]! - m
          re[a]! += r
          im[a]! += m
        }
      }
    }
  }
}
