/** Accuracy and intervals against values known by hand or from the literature. */
import { describe, expect, it } from 'vitest'
import {
  accuracy,
  argmaxRows,
  confusion,
  meanCrossEntropy,
  softmaxRows,
  wilsonInterval,
} from '../../src/evaluation/accuracy'

describe('Wilson interval', () => {
  // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 (score without continuity correction).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i is [%d, %d]', (correct, total, low, high) => {
    const [a, b] = wilsonInterval(correct, total)
    expect(a).toBeCloseTo(low, 4)
    expect(b).toBeCloseTo(high, 4)
  })

  it('is symmetric: all wrong mirrors all right', () => {
    expect(wilsonInterval(29, 29)).toEqual([expect.closeTo(1 - wilsonInterval(0, 29)[1], 12), 1])
  })

  it('knows nothing without images', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1])
  })
})

describe('rows of logits', () => {
  const logits = new Float32Array([1, 3, 2, /**/ 5, 5, 0, /**/ -1, -2, -0.5])

  it('are decided by the largest, the first of equals', () => {
    expect([...argmaxRows(logits, 3)]).toEqual([1, 0, 2])
  })

  it('give accuracy and confusion', () => {
    const predicted = argmaxRows(logits, 3)
    expect(accuracy(predicted, [1, 1, 2])).toMatchObject({ correct: 2, total: 3, top1: 2 / 3 })
    expect([...confusion(predicted, [1, 1, 2], 3)]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 1])
    expect(() => accuracy(predicted, [1])).toThrow('3 predictions for 1 labels')
  })

  it('become probabilities, also where exp would overflow', () => {
    const p = softmaxRows(new Float32Array([0, Math.log(3), 1000, 1000]), 2)
    ;[0.25, 0.75, 0.5, 0.5].forEach((value, i) => expect(p[i]).toBeCloseTo(value, 6))
  })

  it('give the mean cross-entropy', () => {
    // -log(3/4) and log(2), where exp would overflow.
    const logits = new Float32Array([0, Math.log(3), 1000, 1000])
    expect(meanCrossEntropy(logits, [1, 0], 2)).toBeCloseTo((Math.log(4 / 3) + Math.log(2)) / 2, 6)
  })
})
