import { describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'

describe('Random', () => {
  it("gives the words of the authors' xoshiro128** 1.1 from state 1, 2, 3, 4", () => {
    const random = new Random(0)
    random.setState([1, 2, 3, 4])
    const words = Array.from({ length: 10 }, () => random.uint32())
    expect(words).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  it('continues from a saved state, whatever was drawn', () => {
    const random = new Random(7)
    random.normals(3)
    const state = JSON.parse(JSON.stringify(random.getState())) as ReturnType<Random['getState']>
    const after = [random.uniform(), random.normal(), random.below(10), ...random.permutation(9)]
    const resumed = new Random(0)
    resumed.setState(state)
    expect([resumed.uniform(), resumed.normal(), resumed.below(10), ...resumed.permutation(9)]).toEqual(after)
  })

  it('tells seeds apart, also beyond 32 bits and below zero', () => {
    const firsts = [0, 1, 2 ** 32, 2 ** 32 + 1, -1, 123].map((seed) => new Random(seed).uint32())
    expect(new Set(firsts).size).toBe(firsts.length)
    expect(new Random(123).uint32()).toBe(firsts[5])
    expect(() => new Random(0.5)).toThrow(RangeError)
  })

  it('draws normals of mean 0, variance 1 and kurtosis 3', () => {
    const values = new Random(1).normals(50_000)
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length
    expect(Math.abs(moment(1))).toBeLessThan(0.015)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03)
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25)
  })

  it('shuffles without losing anything, every order about as often', () => {
    const random = new Random(3)
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('refuses an all-zero state, from which only zeros follow', () => {
    expect(() => new Random(1).setState([0, 0, 0, 0])).toThrow(RangeError)
  })
})
