/** Numbers read as they should, and every sentence of the page fills its placeholders. */
import { describe, expect, it } from 'vitest'
import { duration, percent, points, pValue, setNumberLocale } from '../../src/i18n/format'
import { t } from '../../src/i18n/t'
import { accuracyRange, lossRange } from '../../src/ui/curves/ranges'
import { topClasses } from '../../src/ui/stage/topClasses'

describe('numbers', () => {
  it('percent, points, p, duration', () => {
    expect(percent(0.6125, 1)).toBe('61.3\u202f%')
    expect(points(0.2616)).toBe('+26.2')
    expect(points(-0.05)).toBe('\u22125.0')
    expect(points(-0.0001)).toBe('±0.0')
    expect(pValue(2e-21)).toBe('p < 0.001')
    expect(pValue(0.0123)).toBe('p = 0.012')
    expect(pValue(1)).toBe('p = 1.00')
    expect(duration(59.6)).toBe('1\u202fmin 0\u202fs')
    expect(duration(3660)).toBe('1\u202fh 1\u202fmin')
    expect(duration(Number.POSITIVE_INFINITY)).toBe('–')
    setNumberLocale('zh')
    expect(duration(75)).toBe('1\u202f分 15\u202f秒')
    setNumberLocale('en')
  })
})

it('placeholders are filled, unknown ones stay visible', () => {
  expect(t('run.steps', { step: 3, total: 9 })).toBe('Step 3 of 9')
  expect(t('run.steps', { step: 3 })).toBe('Step 3 of {total}')
})

it('ranges of the plots hold all that is drawn', () => {
  expect(accuracyRange(null, null, null)).toEqual([0, 1])
  const [low, high] = accuracyRange(0.44, 0.71, { value: 0.4, low: 0.35, high: 0.45 })
  expect(low).toBeLessThanOrEqual(0.35)
  expect(high).toBeGreaterThanOrEqual(0.71)
  expect(accuracyRange(0.99, 1, null)[1]).toBe(1)
  expect(lossRange(null, null)).toEqual([0, 1])
  expect(lossRange(1.5, 1.6)[0]).toBeGreaterThan(0)
  expect(lossRange(0.2, 2)[0]).toBe(0)
})

it('top classes are the largest, in order, ties by index', () => {
  expect(topClasses([0.1, 0.4, 0.4, 0.05], 3)).toEqual([1, 2, 0])
  expect(topClasses([1], 3)).toEqual([0])
})
