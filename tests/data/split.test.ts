import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seedFor, stratify } from '../../src/data/split'

const DEFAULT_PARTS = [
  { name: 'train', fraction: 0.6 },
  { name: 'val', fraction: 0.2 },
  { name: 'test', fraction: 0.2 },
] as const

const labelsOf = (counts: readonly number[]) =>
  counts.flatMap((count, label) => Array.from({ length: count }, () => label))

describe('stratify', () => {
  it('gives every class its 60/20/20', () => {
    const labels = labelsOf([100, 50, 10])
    const parts = stratify(labels, DEFAULT_PARTS, 0)
    const count = (label: number, part: string) => parts.filter((p, i) => p === part && labels[i] === label).length
    expect([0, 1, 2].map((label) => ['train', 'val', 'test'].map((part) => count(label, part)))).toEqual([
      [60, 20, 20],
      [30, 10, 10],
      [6, 2, 2],
    ])
  })

  it('puts at least one of every class into every part, and misses nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 3, max: 30 }), { minLength: 1, maxLength: 6 }),
        fc.integer(),
        (counts, seed) => {
          const labels = labelsOf(counts)
          const parts = stratify(labels, DEFAULT_PARTS, seed)
          expect(parts.length).toBe(labels.length)
          counts.forEach((_, label) => {
            expect(new Set(parts.filter((_, i) => labels[i] === label))).toEqual(new Set(['train', 'val', 'test']))
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is the same for the same seed and another for another', () => {
    const labels = labelsOf([40, 40])
    expect(stratify(labels, DEFAULT_PARTS, 5)).toEqual(stratify(labels, DEFAULT_PARTS, 5))
    expect(stratify(labels, DEFAULT_PARTS, 5)).not.toEqual(stratify(labels, DEFAULT_PARTS, 6))
  })

  it('fills train first, then test, where a class is too small for three', () => {
    expect(stratify([0, 0, 1], DEFAULT_PARTS, 0).sort()).toEqual(['test', 'train', 'train'])
  })

  it('has a seed of its own for each name', () => {
    expect(seedFor(3, 'cat')).not.toBe(seedFor(3, 'dog'))
    expect(seedFor(3, 'cat')).not.toBe(seedFor(4, 'cat'))
    expect(seedFor(3, 'cat')).toBe(seedFor(3, 'cat'))
  })
})
