/** Logistic regression against scikit-learn, on Stamp's features of a sample task. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LinearClassifier } from '../../src/methods/features/linear-logits'
import { LogisticRegression } from '../../src/methods/features/logistic-regression'
import { normalisedRows } from '../../src/methods/features/image-features'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { firstClasses, probe, train, val, type Labelled, type ReferenceFit } from './probe-fixture'

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

const D = probe.width

/** In float64: one row of logits. */
function logits({ weights, bias }: LinearClassifier, row: Float32Array): number[] {
  const found = Array.from(bias, Number)
  const C = found.length
  row.forEach((x, d) => found.forEach((_, c) => (found[c]! += x * weights[d * C + c]!)))
  return found
}

/** scikit-learn's objective over C N, written down once more; |W|² of the one row of two classes. */
function loss(model: LinearClassifier, { values, labels }: Labelled, c: number): number {
  const N = labels.length
  const C = model.bias.length
  let sum = 0
  for (let i = 0; i < N; i++) {
    const z = logits(model, values.subarray(i * D, (i + 1) * D))
    const top = Math.max(...z)
    sum += top + Math.log(z.reduce((total, one) => total + Math.exp(one - top), 0)) - z[labels[i]!]!
  }
  const { weights } = model
  const squares =
    C === 2
      ? Array.from({ length: D }, (_, d) => (weights[2 * d + 1]! - weights[2 * d]!) ** 2).reduce((a, b) => a + b, 0)
      : weights.reduce((total, w) => total + w * w, 0)
  return sum / N + squares / (2 * c * N)
}

function correct(model: LinearClassifier, { values, labels }: Labelled): number {
  return labels.reduce((right, label, i) => {
    const z = logits(model, values.subarray(i * D, (i + 1) * D))
    return right + Number(z.indexOf(Math.max(...z)) === label)
  }, 0)
}

const unit = ({ values, labels }: Labelled): Labelled => ({ values: normalisedRows(values, D), labels })
const two = (one: Labelled) => firstClasses(one, 2)

describe.each<[string, readonly ReferenceFit[], Labelled, Labelled, number]>([
  ['features as they come', probe.raw, train, val, probe.classes],
  ['normalised features', probe.normalised, unit(train), unit(val), probe.classes],
  ['two classes', probe.twoClasses, two(train), two(val), 2],
])('%s', (_, fits, learned, seen, classes) => {
  it.each(fits)('C = $C: the loss and the answers of scikit-learn, fitted to the end', async (reference) => {
    const regression = await LogisticRegression.open(engine, learned.values, learned.labels, classes)
    try {
      const fit = await regression.fit({ c: reference.C, maxIterations: 1000, tolerance: 1e-7 })
      const found = loss(fit, learned, reference.C)
      if (reference.C < 1e4) {
        expect(Math.abs(found / reference.exactLoss - 1)).toBeLessThan(1e-6)
        // One picture is a third of a per cent, so that 1e-3 in accuracy is the same number of them.
        expect(correct(fit, seen)).toBe(reference.exactCorrect)
      } else {
        // All learned pictures are right and the loss nearly 0: scikit-learn as it comes stops at three times the least loss.
        expect(found / reference.exactLoss - 1).toBeLessThan(1e-3)
        expect(reference.loss / reference.exactLoss).toBeGreaterThan(3)
      }
      // As it comes it stops early, and where that does not matter its answers are the same.
      if (reference.C >= 1e-4 && reference.C <= 1 && classes > 2 && learned === train) {
        expect(correct(fit, seen)).toBe(reference.correct)
      }
    } finally {
      await regression.dispose()
    }
  })
})
