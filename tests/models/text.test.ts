import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClip } from '../../src/models/clip'
import { cleanClassName, fillTemplate } from '../../src/models/class-names'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { DIM, filesOf, tinyClip, tokenValue } from './tiny-clip'

describe('names and templates', () => {
  it('are cleaned as the reference code does', () => {
    expect(cleanClassName('Annual_Crop-Land')).toBe('annual crop land')
    expect(fillTemplate('This is a photo of a {}', 'Sea_Lake')).toBe('This is a photo of a sea lake')
    expect(fillTemplate('{}!', '$& $1')).toBe('$& $1!')
  })
})

describe('encodeClasses', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await createNodeEngine()
  })
  afterAll(() => engine.dispose())

  it('gives [D,C] of length exp(logit scale), padding left out, and keeps no session', async () => {
    const names = ['Fox', 'an-ox']
    // "a an ox": start, a, a n, o x, end.
    const clip = await loadClip(filesOf(tinyClip(2, 7)))
    const before = engine.ledger()
    const classes = await encodeClasses(engine, clip, 'a {}', names)
    expect(engine.ledger()).toEqual(before)
    expect(classes.length).toBe(DIM * 2)
    names.forEach((name, c) => {
      const ids = clip.tokenizer.encode(fillTemplate('a {}', name))
      const mean = Array.from(
        { length: DIM },
        (_, d) => ids.reduce((sum, id) => sum + tokenValue(id, d), 0) / ids.length,
      )
      const norm = Math.hypot(...mean)
      mean.forEach((x, d) => expect(classes[d * 2 + c]).toBeCloseTo((x / norm) * Math.exp(2), 4))
    })
  })

  it('encodes more classes than go into one run', async () => {
    // The tiny tower takes 64 texts at once, and nothing else: the second run shows that the parts are of that size.
    const clip = await loadClip(filesOf(tinyClip(64, 5)))
    const names = Array.from({ length: 128 }, (_, i) => (i < 64 ? 'ab' : 'ba'))
    const classes = await encodeClasses(engine, clip, '{} a', names)
    expect(classes.length).toBe(DIM * 128)
    for (let d = 0; d < DIM; d++) {
      expect(classes[d * 128]).toBe(classes[d * 128 + 63])
      expect(classes[d * 128 + 64]).toBe(classes[d * 128 + 127])
      expect(Math.abs(classes[d * 128]! - classes[d * 128 + 64]!)).toBeGreaterThan(1e-3)
    }
  })
})
