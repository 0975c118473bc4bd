/** L-BFGS on functions whose minimum is known. */
import { expect, it } from 'vitest'
import { minimise } from '../../src/methods/features/lbfgs'

it('finds the minimum of the Rosenbrock function', async () => {
  const rosenbrock = async ([x, y]: Float64Array) => ({
    value: (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
    gradient: Float64Array.of(-2 * (1 - x!) - 400 * x! * (y! - x! ** 2), 200 * (y! - x! ** 2)),
  })
  const found = await minimise(rosenbrock, Float64Array.of(-1.2, 1), { maxIterations: 100, tolerance: 1e-9 })
  expect(found.ended).toBe('tolerance')
  expect(found.x[0]).toBeCloseTo(1, 8)
  expect(found.x[1]).toBeCloseTo(1, 8)
  // scipy's L-BFGS-B takes 36 iterations from there.
  expect(found.iterations).toBeLessThan(50)
})

/** sum_i (i+1) (x_i - i)^2 / 2, its values and gradients rounded as an engine rounds them. */
const bowl = (round: (value: number) => number) => async (x: Float64Array) => ({
  value: round(7 + x.reduce((sum, v, i) => sum + ((i + 1) * (v - i) ** 2) / 2, 0)),
  gradient: x.map((v, i) => round((i + 1) * (v - i))),
})

it('reaches the tolerance that single precision allows, where values no longer tell', async () => {
  const found = await minimise(bowl(Math.fround), new Float64Array(50), {
    ...{ maxIterations: 200, tolerance: 1e-5, noise: 1e-6 },
  })
  expect(found.ended).toBe('tolerance')
  found.x.forEach((v, i) => expect(Math.abs(v - i)).toBeLessThan(1e-4))
})

it("finds its scale where a step of the gradient's length is next to nothing", async () => {
  // A bowl a million times wider than deep, begun near its bottom: what a warm start at a large C is.
  const wide = async (x: Float64Array) => ({
    value: Math.fround(1 + x.reduce((sum, v) => sum + (1e-6 * v * v) / 2, 0)),
    gradient: x.map((v) => Math.fround(1e-6 * v)),
  })
  const found = await minimise(wide, Float64Array.of(3, -5), { maxIterations: 99, tolerance: 1e-9, noise: 1e-7 })
  expect(found.ended).toBe('tolerance')
  expect(Math.max(...found.x.map(Math.abs))).toBeLessThan(1e-3)
})

it('counts iterations, stops after the most allowed, and can be ended from outside', async () => {
  const few = await minimise(bowl(Number), new Float64Array(50), { maxIterations: 3, tolerance: 0 })
  expect(few).toMatchObject({ ended: 'iterations', iterations: 3 })
  const ended = minimise(bowl(Number), new Float64Array(50), {
    ...{ maxIterations: 99, tolerance: 0 },
    onIteration(iterations) {
      if (iterations === 2) throw new Error('enough')
    },
  })
  await expect(ended).rejects.toThrow('enough')
})

it('says so where no step leads down', async () => {
  const liar = async (x: Float64Array) => ({ value: x[0]!, gradient: Float64Array.of(-1) })
  const found = await minimise(liar, Float64Array.of(0), { maxIterations: 9, tolerance: 1e-6 })
  expect(found).toMatchObject({ ended: 'precision', iterations: 0 })
})
