/** Mappings found from predictions, against what can be counted by hand, and the reference's loop written out. */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  bayesianMapping,
  bayesianPlusMapping,
  frequencyMapping,
  linearMapping,
  linearMappingStart,
  mapLogits,
  predictionCounts,
  type MappingExamples,
} from '../../src/methods/fitted-mapping'
import { mappedEmbeddings, MAPPING_TEMPLATES, textOfOutput } from '../../src/methods/text-mapping'

/** Rows that answer `top`, of class `label`. */
function examples(K: number, C: number, rows: readonly (readonly [top: number, label: number])[]): MappingExamples {
  const logits = new Float32Array(rows.length * K)
  rows.forEach(([top], row) => (logits[row * K + top] = 5))
  return { logits, outputs: K, labels: rows.map(([, label]) => label), classes: C }
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

/** 4 outputs, 2 classes: n = [[3,1],[4,0],[0,2],[0,0]]. */
const COUNTED = examples(4, 2, [
  ...times(3, [0, 0] as const),
  ...times(1, [0, 1] as const),
  ...times(4, [1, 0] as const),
  ...times(2, [2, 1] as const),
])

/** predictive_distribution_based_multi_label_mapping, as it stands in their code. */
function referenceGreedy(counts: Float64Array, K: number, C: number, perClass: number): Set<number> {
  const left = counts.slice()
  const picked = new Set<number>()
  const inColumn = new Array<number>(C).fill(0)
  for (let n = 0; n < perClass * C; n++) {
    const at = left.indexOf(left.reduce((a, b) => Math.max(a, b)))
    const [k, c] = [Math.floor(at / C), at % C]
    picked.add(at)
    for (let other = 0; other < C; other++) left[k * C + other] = -1
    if (++inColumn[c]! === perClass) for (let other = 0; other < K; other++) left[other * C + c] = -1
  }
  return picked
}

describe('mappings found from predictions', () => {
  it('count the largest logit of each row, by its class', () => {
    expect([...predictionCounts(COUNTED)]).toEqual([3, 1, 4, 0, 0, 2, 0, 0])
  })

  it('frequency: the most frequent pair first, each output once', () => {
    const { outputs, matrix } = frequencyMapping(COUNTED)
    expect(outputs).toEqual([1, 2])
    expect([...matrix]).toEqual([0, 0, 1, 0, 0, 1, 0, 0])
  })

  it('frequency: several outputs a class are averaged, free ones fill up', () => {
    const { matrix } = frequencyMapping(COUNTED, 2)
    expect([...matrix]).toEqual([0.5, 0, 0.5, 0, 0, 0.5, 0, 0.5])
    expect([...mapLogits(Float32Array.of(1, 2, 3, 4), frequencyMapping(COUNTED, 2))]).toEqual([1.5, 3.5])
  })

  it("frequency: is the reference's greedy search, ties and all", () => {
    const cases = fc
      .record({
        K: fc.integer({ min: 2, max: 9 }),
        C: fc.integer({ min: 1, max: 4 }),
        m: fc.integer({ min: 1, max: 2 }),
      })
      .filter(({ K, C, m }) => m * C <= K)
      .chain(({ K, C, m }) =>
        fc.record({
          ...{ K: fc.constant(K), C: fc.constant(C), m: fc.constant(m) },
          rows: fc.array(fc.tuple(fc.nat({ max: K - 1 }), fc.nat({ max: C - 1 })), { maxLength: 20 }),
        }),
      )
    fc.assert(
      fc.property(cases, ({ K, C, m, rows }) => {
        const data = examples(K, C, rows)
        const { matrix } = frequencyMapping(data, m)
        const picked = [...matrix.keys()].filter((at) => matrix[at]! > 0)
        expect(new Set(picked)).toEqual(referenceGreedy(predictionCounts(data), K, C, m))
      }),
    )
  })

  it('frequency: needs an output for every class', () => {
    expect(() => frequencyMapping(examples(3, 2, [[0, 0]]), 2)).toThrow('2 classes of 2 outputs each')
  })

  it('Bayesian: joint over marginal with lambda, columns of sum 1', () => {
    const { matrix, outputs } = bayesianMapping(COUNTED)
    // Rows over n + 1: 3/5 1/5, 4/5 0, 0 2/3, 0 0; column sums 7/5 and 13/15.
    const expected = [3 / 7, 3 / 13, 4 / 7, 0, 0, 10 / 13, 0, 0]
    matrix.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 6))
    expect(outputs).toEqual([1, 2])
  })

  it('Bayesian: a classifier that is right about every class is left as it is', () => {
    const right = examples(
      3,
      3,
      [0, 1, 2].flatMap((c) => times(4, [c, c] as const)),
    )
    expect([...bayesianMapping(right).matrix]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })

  it('Bayesian+: probabilities of the largest few, one at least', () => {
    const logits = Float32Array.from([1, 3, 6, 0, 5, 5].map(Math.log), Number)
    logits[3] = -100
    const data: MappingExamples = { logits, outputs: 3, labels: [0, 1], classes: 2 }
    // Row 0: probabilities .1 .3 .6; row 1: 0 .5 .5.
    const two = bayesianPlusMapping(data, 0, 1).matrix
    const expected = [0, 0, 3 / 8 / (3 / 8 + 6 / 11), 5 / 8 / (5 / 8 + 5 / 11), 6 / 11 / (3 / 8 + 6 / 11), 5 / 11 / (5 / 8 + 5 / 11)] // prettier-ignore
    two.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 5))
    // 0.15 of two classes is none in their code: here the largest alone, of equal ones the first.
    const one = bayesianPlusMapping(data).matrix
    expect([...one]).toEqual([0, 0, 0, 1, 1, 0])
  })

  it('Bayesian: a class without examples has no mapping', () => {
    expect(() => bayesianMapping(examples(3, 2, [[0, 0]]))).toThrow('class 1 has no example')
  })

  it('linear: starts as the first outputs, and adds its bias', () => {
    const start = linearMappingStart(4, 2)
    expect([...mapLogits(Float32Array.of(7, 8, 9, 10), start)]).toEqual([7, 8])
    const learned = linearMapping(Float32Array.of(1, -1, 2, 0), Float32Array.of(0.5, 3))
    expect([...mapLogits(Float32Array.of(1, 2, -1, 0), learned)]).toEqual([5.5, 2, -0.5, 4])
    expect(learned.outputs).toEqual([1, 1])
  })

  it('of texts: 81 templates, the prompting one first, template by template', () => {
    expect(MAPPING_TEMPLATES).toHaveLength(81)
    expect(new Set(MAPPING_TEMPLATES).size).toBe(81)
    expect(MAPPING_TEMPLATES[0]).toBe('This is a photo of a {}.')
    expect(MAPPING_TEMPLATES[80]).toBe('a tattoo of the {}.')
    expect(textOfOutput(2 * 10 + 3, 10)).toEqual({ template: 2, name: 3 })
  })

  it('of texts: mapped embeddings answer as mapped logits do', () => {
    const [D, K, N] = [3, 6, 5]
    const wave = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * i + seed))
    const [features, embeddings] = [wave(N * D, 1), wave(D * K, 2)]
    const dot = (E: Float32Array, width: number) =>
      Float32Array.from({ length: N * width }, (_, at) => {
        const [row, k] = [Math.floor(at / width), at % width]
        return [0, 1, 2].reduce((sum, d) => sum + features[row * D + d]! * E[d * width + k]!, 0)
      })
    const logits = dot(embeddings, K)
    const data = { logits, outputs: K, labels: [0, 1, 0, 1, 0], classes: 2 }
    for (const mapping of [frequencyMapping(data), bayesianMapping(data)]) {
      const mapped = mapLogits(logits, mapping)
      dot(mappedEmbeddings(embeddings, mapping), 2).forEach((value, at) => expect(value).toBeCloseTo(mapped[at]!, 5))
    }
  })
})
