/** Records of other versions of the program. */
import { describe, expect, it } from 'vitest'
import { readRecord } from '../../src/records/migrations'
import { sampleRecord } from './sample-run'

describe('a record', () => {
  it('of this version is read as it is', () => {
    expect(readRecord(sampleRecord('a'))).toEqual(sampleRecord('a'))
  })

  it('of an older one goes through every migration in turn', () => {
    const { seed, ...older } = sampleRecord('a')
    const migrations = {
      0: ({ number, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, seed: number }),
    }
    expect(readRecord({ ...older, number: seed, version: 0 }, migrations)).toEqual(sampleRecord('a'))
  })

  it('of an older one that nobody knows, or of a newer one, is refused with the reason', () => {
    expect(() => readRecord({ ...sampleRecord('a'), version: 0 })).toThrow(/version 0/)
    expect(() => readRecord({ ...sampleRecord('a'), version: 9 })).toThrow(/newer/)
    for (const value of [null, undefined, 'x', 3, [], {}, { version: '1' }, { version: 1.5 }]) {
      expect(() => readRecord(value)).toThrow(/not a record/)
    }
  })
})
