import { describe, expect, it } from 'vitest'
import { Rate } from '../../../src/models/hub/rate'

/** Feeds a rate with bytes at a speed that may change, ten times a second. */
function feed(rate: Rate, from: { seconds: number; bytes: number }, seconds: number, bytesPerSecond: number) {
  let { seconds: now, bytes } = from
  for (let i = 0; i < seconds * 10; i++) {
    now += 0.1
    bytes += bytesPerSecond / 10
    rate.update(bytes, now)
  }
  return { seconds: now, bytes }
}

describe('the rate of a download', () => {
  it('is not told before it means something', () => {
    const rate = new Rate(100)
    rate.update(5_000_000, 100.2)
    expect(rate.bytesPerSecond).toBe(0)
    expect(rate.etaSeconds(1)).toBeNull()
  })

  it('is that of a steady download, and gives the time that is left', () => {
    const rate = new Rate(100)
    feed(rate, { seconds: 100, bytes: 0 }, 3, 2e6)
    expect(rate.bytesPerSecond).toBeCloseTo(2e6, -2)
    expect(rate.etaSeconds(10e6)).toBeCloseTo(5, 2)
  })

  it('follows a change within a few seconds, without jumping', () => {
    const rate = new Rate(0)
    const slow = feed(rate, { seconds: 0, bytes: 0 }, 5, 10e6)
    const soon = feed(rate, slow, 1, 1e6)
    expect(rate.bytesPerSecond).toBeGreaterThan(5e6)
    feed(rate, soon, 20, 1e6)
    expect(rate.bytesPerSecond).toBeLessThan(1.2e6)
  })

  it('falls when nothing comes', () => {
    const rate = new Rate(0)
    const at = feed(rate, { seconds: 0, bytes: 0 }, 3, 10e6)
    feed(rate, at, 20, 0)
    expect(rate.bytesPerSecond).toBeLessThan(0.2e6)
  })
})
