/**
 * Which waves a border is made of: the power of its two-dimensional Fourier transform over the whole frame, the three
 * channels together, in decibels below the strongest. Zeros fill it up to a power of two, which changes nothing but how finely
 * the same spectrum is drawn.
 *
 * Work is cut into slices, so that even a large frame does not hold the page.
 */
import { Fft } from './fft'

/** Weaker than this is drawn as nothing, decibels. */
export const FLOOR_DB = -60

export interface Spectrum {
  /** N: side, a power of two at least that of the frame. */
  readonly size: number
  /** [N,N], 0 to FLOOR_DB; wave number zero in the middle, wave numbers rising to the right and downwards. */
  readonly decibels: Float32Array
}

/** Transforms done between two looks at the clock. */
const PER_SLICE = 16

/** @param prompt float32 [3,S,S]. Yields between slices of work. */
export function* spectrum(prompt: Float32Array, side: number): Generator<void, Spectrum> {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, side)))
  const half = size / 2 + 1
  const fft = new Fft(size)
  const power = new Float64Array(half * size)
  // Columns of the transformed rows, one after the other: [half, N].
  const [re, im] = [new Float64Array(half * size), new Float64Array(half * size)]
  const [rowRe, rowIm] = [new Float64Array(size), new Float64Array(size)]
  let done = 0
  for (let c = 0; c < 3; c++) {
    re.fill(0)
    im.fill(0)
    // Two real rows are one complex one; each is half of what comes out: Z[k] with and without its mirror image.
    for (let y = 0; y < side; y += 2) {
      rowRe.fill(0)
      rowIm.fill(0)
      const from = (c * side + y) * side
      rowRe.set(prompt.subarray(from, from + side))
      if (y + 1 < side) rowIm.set(prompt.subarray(from + side, from + 2 * side))
      fft.transform(rowRe, rowIm)
      for (let k = 0; k < half; k++) {
        const mirror = (size - k) % size
        const at = k * size + y
        re[at] = (rowRe[k]! + rowRe[mirror]!) / 2
        im[at] = (rowIm[k]! - rowIm[mirror]!) / 2
        re[at + 1] = (rowIm[k]! + rowIm[mirror]!) / 2
        im[at + 1] = (rowRe[mirror]! - rowRe[k]!) / 2
      }
      if (++done % PER_SLICE === 0) yield
    }
    for (let k = 0; k < half; k++) {
      const [columnRe, columnIm] = [re.subarray(k * size, (k + 1) * size), im.subarray(k * size, (k + 1) * size)]
      fft.transform(columnRe, columnIm)
      for (let v = 0; v < size; v++) power[k * size + v]! += columnRe[v]! ** 2 + columnIm[v]! ** 2
      if (++done % PER_SLICE === 0) yield
    }
  }
  return { size, decibels: centred(power, size) }
}

/** The other half is the mirror image of this one: the border is real. */
function centred(power: Float64Array, size: number): Float32Array {
  const decibels = new Float32Array(size * size).fill(FLOOR_DB)
  const largest = power.reduce((a, b) => Math.max(a, b), 0)
  if (!(largest > 0)) return decibels
  const middle = size / 2
  const place = (u: number, v: number) => ((v + middle) % size) * size + ((u + middle) % size)
  for (let u = 0; u <= middle; u++) {
    for (let v = 0; v < size; v++) {
      const value = Math.max(FLOOR_DB, 10 * Math.log10(power[u * size + v]! / largest))
      decibels[place(u, v)] = value
      decibels[place((size - u) % size, (size - v) % size)] = value
    }
  }
  return decibels
}

/** Runs sliced work to its end, each few milliseconds in a task of their own. Returns its breaking off. */
export function inSlices<T>(work: Generator<void, T>, done: (result: T) => void, sliceMs = 6): () => void {
  let timer: ReturnType<typeof setTimeout>
  const go = () => {
    const until = performance.now() + sliceMs
    for (;;) {
      const step = work.next()
      if (step.done) return done(step.value)
      if (performance.now() >= until) break
    }
    timer = setTimeout(go)
  }
  timer = setTimeout(go)
  return () => clearTimeout(timer)
}
