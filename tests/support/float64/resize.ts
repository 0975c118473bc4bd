/** Resize in float64, axis by axis: nearest, linear and cubic, for the coordinate conventions that exporters use. */
import type { Array64, Call, Operators } from './array'
import { integers, rowMajor, size } from './array'

/** Where an output position lies in the input, in pixels. */
function source(mode: string, at: number, from: number, to: number, scale: number): number {
  switch (mode) {
    case 'asymmetric':
      return at / scale
    case 'align_corners':
      return to === 1 ? 0 : (at * (from - 1)) / (to - 1)
    case 'pytorch_half_pixel':
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5
    default:
      throw new Error(`the executor has no Resize by ${mode}`)
  }
}

/** Positions and weights that an output position reads; positions beyond the edge repeat it. */
function taps(kind: string, x: number, a: number): [number, number][] {
  const base = Math.floor(x)
  const t = x - base
  if (kind === 'nearest') return [[Math.ceil(x - 0.5), 1]]
  if (kind === 'linear') return [[base, 1 - t], [base + 1, t]] // prettier-ignore
  const near = (s: number) => (a + 2) * s ** 3 - (a + 3) * s ** 2 + 1
  const far = (s: number) => a * s ** 3 - 5 * a * s ** 2 + 8 * a * s - 4 * a
  return [
    [base - 1, far(1 + t)],
    [base, near(t)],
    [base + 1, near(1 - t)],
    [base + 2, far(2 - t)],
  ]
}

function alongAxis(c: Call, x: Array64, axis: number, to: number, scale: number): Array64 {
  const from = x.dims[axis]!
  if (from === to && scale === 1) return x
  const [kind, convention] = [
    c.attr('mode', 'string', 'nearest'),
    c.attr('coordinate_transformation_mode', 'string', 'half_pixel'),
  ]
  const a = c.attr('cubic_coeff_a', 'float', -0.75)
  const dims = x.dims.map((d, i) => (i === axis ? to : d))
  const [inner, data] = [rowMajor(dims)[axis]!, new Float64Array(size(dims))]
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / inner) % to
    const outer = Math.floor(i / (inner * to))
    for (const [position, weight] of taps(kind, source(convention, at, from, to, scale), a)) {
      const clamped = Math.min(Math.max(position, 0), from - 1)
      data[i]! += weight * x.data[(outer * from + clamped) * inner + (i % inner)]!
    }
  }
  return { ...x, dims, data }
}

export const resizing: Operators = {
  Resize: (c) => {
    const x = c.x(0)
    const [scales, sizes] = [c.optional(2), c.optional(3)]
    const to = sizes?.data.length ? integers(sizes) : Array.from(scales!.data, (s, i) => Math.floor(x.dims[i]! * s))
    const factors = sizes?.data.length ? to.map((n, i) => n / x.dims[i]!) : Array.from(scales!.data)
    return [x.dims.reduce((y, _, axis) => alongAxis(c, y, axis, to[axis]!, factors[axis]!), x)]
  },
}
