/** What the address compares, and what is refused. */
import { describe, expect, it } from 'vitest'
import { queryOf, sidesOf, sideTitle, whyNotComparable } from '../../src/state/comparison-sides'
import { fakeRecord } from '../ui/gallery/fakeRuns'

const of = (query: string) => sidesOf(new URLSearchParams(query))

describe('the address', () => {
  it('names one run, whose border is compared with zero-shot', () => {
    expect(of('a=x')).toEqual({ before: { run: 'x', answers: 'zeroShot' }, after: { run: 'x', answers: 'prompted' } })
    expect(queryOf(of('a=x')!)).toEqual({ a: 'x', b: null })
  })

  it('names any two sides, and says them back', () => {
    const sides = of('a=x&b=y:zeroShot')!
    expect(sides).toEqual({ before: { run: 'x', answers: 'prompted' }, after: { run: 'y', answers: 'zeroShot' } })
    expect(queryOf(sides)).toEqual({ a: 'x', b: 'y:zeroShot' })
  })

  it('names nothing', () => expect(of('split=val')).toBeNull())
})

describe('two runs', () => {
  const a = fakeRecord(['cat', 'dog'])
  const other = (task: Partial<typeof a.task>) => ({ ...a, task: { ...a.task, fingerprint: 'another', ...task } })

  it('on the same images can be compared', () => expect(whyNotComparable(a, { ...a, id: 'b' })).toBeNull())

  it.each([
    [{ classes: [{ folder: 'cat', name: 'cat' }] }, 'different classes'],
    [{ imageSize: 224 }, '64 pixels, the other at 224'],
    [{ splitSeed: 3 }, 'split their pictures differently'],
    [{}, 'different pictures'],
  ])('on others are refused with the reason: %j', (change, reason) => {
    expect(whyNotComparable(a, other(change))!.message).toContain(reason)
  })

  it('are told apart by name, and called after what they are', () => {
    const side = { run: a.id, answers: 'prompted' as const }
    expect(sideTitle(side, a, false)).toBe('With the border')
    expect(sideTitle(side, { ...a, name: 'Mine' }, true)).toBe('With the border, Mine')
    expect(sideTitle({ ...side, answers: 'zeroShot' }, a, false)).toBe('Zero-shot')
  })
})
