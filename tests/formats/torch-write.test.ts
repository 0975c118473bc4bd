/** What is written for PyTorch comes back from our own reader; torch-write.slow.test.ts asks PyTorch itself. */
import { describe, expect, it } from 'vitest'
import { readTorch } from '../../src/formats/torch-zip/read'
import { writeTorch } from '../../src/formats/torch-zip/write'
import { plain } from './plain'
import { VALUE, VALUE_READ } from './written'

describe('a checkpoint written here', () => {
  it('is read as it was given', () => {
    expect(plain(readTorch('own', writeTorch(VALUE)))).toEqual(VALUE_READ)
  })

  it('is the same bytes each time', () => {
    expect(writeTorch(VALUE)).toEqual(writeTorch(VALUE))
  })

  it('needs as many values as its shape says', () => {
    expect(() => writeTorch({ dims: [2, 2], data: Float32Array.of(1) })).toThrow('[2,2] has 1 values')
  })
})
