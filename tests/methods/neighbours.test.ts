/** Nearest mean and k nearest neighbours on features in a plane, where angles can be read off. */
import { beforeAll, describe, expect, it } from 'vitest'
import { argmaxRows, softmaxRows } from '../../src/evaluation/accuracy'
import { KNearest } from '../../src/methods/features/k-nearest'
import { NearestMean } from '../../src/methods/features/nearest-mean'
import {
  kNearestDefaults,
  kNearestSettingsSchema,
  nearestMeanDefaults,
  nearestMeanSettingsSchema,
  SWEPT_K,
} from '../../src/methods/features/neighbours-settings'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'
import { batchOf, givenFeatures } from './given-features'
import { normals } from '../support/random'

beforeAll(useTfjsWasm)

/** Features of some length at an angle, degrees. */
const at = (...points: readonly (readonly [angle: number, length: number])[]) =>
  Float32Array.from(
    points.flatMap(([angle, length]) => [
      length * Math.cos((angle * Math.PI) / 180),
      length * Math.sin((angle * Math.PI) / 180),
    ]),
  )
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180)
const closeTo = (found: ArrayLike<number>, expected: readonly number[], digits = 5) =>
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, digits))

describe('nearest mean', () => {
  it('is the cosine with the mean of unit features, whatever their lengths', async () => {
    // Class 0 around 10 degrees, class 1 at 90; class 2 has no picture. Were lengths to count, 0 would be at 19 degrees.
    const train = { values: at([0, 1], [20, 30], [90, 5]), labels: Uint16Array.of(0, 0, 1) }
    const val = { values: at([40, 7], [60, 0.1]), labels: Uint16Array.of(0, 1) }
    const given = givenFeatures({ train, val, classes: 3, width: 2 })
    const method = new NearestMean(given, 2, nearestMeanDefaults)
    await method.fit()
    expect(method.parameterCount).toBe(6)
    const logits = await method.predict(batchOf(given.val))
    closeTo(logits, [100 * cosine(30), 100 * cosine(50), 0, 100 * cosine(50), 100 * cosine(30), 0], 4)
    const again = new NearestMean(given, 2, nearestMeanDefaults)
    again.load(structuredClone(method.save()))
    expect(await again.predict(batchOf(given.val))).toEqual(logits)
    expect(nearestMeanSettingsSchema.parse(nearestMeanDefaults)).toEqual(nearestMeanDefaults)
  })
})

describe('k nearest neighbours', () => {
  const train = { values: at([0, 1], [10, 9], [30, 2], [50, 1], [80, 4]), labels: Uint16Array.of(0, 1, 1, 2, 2) }
  const asked = (...angles: number[]) => ({
    values: at(...angles.map((angle): [number, number] => [angle, 3])),
    labels: new Uint16Array(angles.length),
  })
  const of = async (settings: Partial<typeof kNearestDefaults>, val: ReturnType<typeof asked>) => {
    const given = givenFeatures({ train, val, classes: 4, width: 2 })
    const method = new KNearest(given, 2, { ...kNearestDefaults, ...settings })
    await method.fit()
    return { method, given, logits: await method.predict(batchOf(given.val)) }
  }

  it('counts votes; a tie goes to the class of the nearer neighbour', async () => {
    // 12 degrees: nearest are 10 (1), 0 (0), 30 (1). 46 degrees: 50 (2), 30 (1), then 80 (2).
    const three = await of({ k: 3, vote: 'count' }, asked(12, 46))
    closeTo(softmaxRows(three.logits, 4), [1 / 3, 2 / 3, 0, 0, 0, 1 / 3, 2 / 3, 0], 3)
    // 4 degrees, k = 2: one vote for 0, which is nearer, and one for 1; 6 degrees: the other way round.
    const two = await of({ k: 2, vote: 'count' }, asked(4, 6))
    expect([...argmaxRows(two.logits, 4)]).toEqual([0, 1])
    // Exactly as near: the earlier picture. The rows are the same numbers, so their cosines are.
    const twins = { values: at([0, 1], [0, 1], [90, 1]), labels: Uint16Array.of(2, 1, 0) }
    const given = givenFeatures({ train: twins, val: asked(3), classes: 3, width: 2 })
    for (const k of [1, 2]) {
      const method = new KNearest(given, 2, { ...kNearestDefaults, k, vote: 'count' })
      await method.fit()
      expect([...argmaxRows(await method.predict(batchOf(given.val)), 3)]).toEqual([2])
    }
  })

  it('weighs votes by exp(cosine / T), the logits being logarithms of votes', async () => {
    const { logits } = await of({ k: 4, vote: 'similarity', temperature: 0.5 }, asked(12))
    const weight = (angle: number) => Math.exp(cosine(angle) / 0.5)
    const votes = [weight(12), weight(2) + weight(18), weight(38), 0]
    const all = votes.reduce((sum, one) => sum + one, 0)
    closeTo(
      softmaxRows(logits, 4),
      votes.map((vote) => vote / all),
    )
    // A temperature that would overflow if exp(1 / T) were taken as it stands.
    const sharp = await of({ k: 4, temperature: 1e-3 }, asked(12))
    closeTo(softmaxRows(sharp.logits, 4), [0, 1, 0, 0], 4)
  })

  it('takes no more neighbours than there are, and answers the same after saving', async () => {
    const { method, given, logits } = await of({ k: 99, vote: 'count' }, asked(12))
    expect(method.k).toBe(5)
    const again = new KNearest(given, 2, { ...kNearestDefaults, vote: 'count' })
    again.load(structuredClone(method.save()))
    expect(again.k).toBe(5)
    expect(await again.predict(batchOf(given.val))).toEqual(logits)
    expect(kNearestSettingsSchema.parse(kNearestDefaults)).toEqual(kNearestDefaults)
  })

  it('finds the same neighbours as sorting all of them, and the best k on validation', async () => {
    const [N, D, C] = [60, 5, 3]
    const labelsOf = (count: number) => Uint16Array.from({ length: count }, (_, i) => i % C)
    const noisy = (seed: number, count: number) => ({
      // A class leans towards its own axis.
      values: Float32Array.from(normals(seed, count * D), (x, i) => x + (Math.floor(i / D) % C === i % D ? 1.2 : 0)),
      labels: labelsOf(count),
    })
    const [many, val] = [noisy(1, N), noisy(2, 45)]
    const given = givenFeatures({ train: many, val, classes: C, width: D })
    const method = new KNearest(given, D, { ...kNearestDefaults, vote: 'count' })
    await method.fit()
    expect(method.tried.map(({ k }) => k)).toEqual(SWEPT_K.filter((k) => k <= N))
    const row = (values: Float32Array, i: number) => {
      const x = [...values.subarray(i * D, (i + 1) * D)]
      return x.map((value) => value / Math.hypot(...x))
    }
    for (const { k, score } of method.tried) {
      const correct = val.labels.filter((label, v) => {
        const f = row(val.values, v)
        const near = Array.from({ length: N }, (_, n) => ({
          label: many.labels[n]!,
          cosine: row(many.values, n).reduce((sum, x, d) => sum + x * f[d]!, 0),
        }))
        near.sort((a, b) => b.cosine - a.cosine)
        const votes = Array.from({ length: C }, (_, c) => near.slice(0, k).filter((one) => one.label === c).length)
        const tied = (c: number) => votes[c] === Math.max(...votes)
        return near.find((one) => tied(one.label))!.label === label
      })
      expect(score.accuracy.correct).toBe(correct.length)
    }
    const most = Math.max(...method.tried.map(({ score }) => score.accuracy.correct))
    expect(method.tried.find(({ k }) => k === method.k)!.score.accuracy.correct).toBe(most)
  })
})
