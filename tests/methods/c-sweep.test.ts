/** The search for C: which values are tried, in which order, and where each fit begins. */
import { expect, it } from 'vitest'
import { sweep, SWEEP_FITS } from '../../src/methods/features/c-sweep'
import { linearProbeDefaults, linearProbeSettingsSchema } from '../../src/methods/features/linear-probe-settings'

it('searches C on a coarse grid, then halves the interval around the best down to 8 steps a decade', async () => {
  const asked: number[] = []
  const starts: (number | null)[] = []
  const [best, ...others] = await sweep(
    async (exponent, nearest: number | null) => {
      asked.push(exponent)
      starts.push(nearest)
      return exponent
    },
    // The nearer to 0.8 the better.
    (one, top) => Math.abs(one - 0.8) < Math.abs(top - 0.8),
  )
  expect(asked).toEqual([-6, -4, -2, 0, 2, 4, 6, -1, 1, 0.5, 1.5, 0.75, 1.25, 0.625, 0.875])
  expect(starts.slice(7)).toEqual([-2, 0, 0, 1, 0.5, 1, 0.5, 0.75])
  expect(best.exponent).toBe(0.75)
  expect(others.map(({ exponent }) => exponent)).toEqual(asked.filter((one) => one !== 0.75).sort((a, b) => a - b))
  expect(asked).toHaveLength(SWEEP_FITS)
})

it('has defaults that its schema takes', () => {
  expect(linearProbeSettingsSchema.parse(linearProbeDefaults)).toEqual(linearProbeDefaults)
  expect(linearProbeSettingsSchema.safeParse({ ...linearProbeDefaults, c: 0 }).success).toBe(false)
})
