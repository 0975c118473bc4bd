/** Mappings of a run: which matrix each kind makes, for a classifier's logits and for a CLIP's texts. */
import { beforeAll, describe, expect, it } from 'vitest'
import { foundMatrix, hardCodedMatrix, outputLogits, type MappedOutputs } from '../../src/methods/output-mapping'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

beforeAll(useTfjsWasm)

const LOGITS: MappedOutputs = { count: 4, labels: ['ant', 'bee', 'cat', 'dog'], embeddings: null }
/** D = 2, K = 4: east, north, west, south. */
const TEXTS: MappedOutputs = { count: 4, labels: null, embeddings: Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1) }
const task = (outputs: MappedOutputs) => ({
  ...{ outputs, folders: ['bees', 'ants'], seed: 5 },
  classEmbeddings: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
})
const plain = (matrix: Float32Array | null) => matrix && [...matrix]

describe('a mapping that needs no picture', () => {
  it('selects outputs, by label or number', () => {
    expect(plain(hardCodedMatrix({ kind: 'first' }, task(LOGITS)))).toEqual([1, 0, 0, 1, 0, 0, 0, 0])
    const chosen = { kind: 'chosen', outputs: { bees: 'bee', ants: 0 } } as const
    expect(plain(hardCodedMatrix(chosen, task(LOGITS)))).toEqual([0, 1, 1, 0, 0, 0, 0, 0])
  })

  it('selects columns of the texts', () => {
    expect(plain(hardCodedMatrix({ kind: 'first' }, task(TEXTS)))).toEqual([1, 0, 0, 1])
    const chosen = { kind: 'chosen', outputs: { bees: 3, ants: 2 } } as const
    // Minus zero is where a zero was multiplied.
    expect(plain(hardCodedMatrix(chosen, task(TEXTS)))!.map((value) => value + 0)).toEqual([0, -1, -1, 0])
  })

  it('swapped: every class takes the column of the next one', () => {
    expect(plain(hardCodedMatrix({ kind: 'swapped' }, task(LOGITS)))).toEqual([2, 1, 4, 3, 6, 5, 8, 7])
    const three = { ...task(LOGITS), folders: ['a', 'b', 'c'], classEmbeddings: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect(plain(hardCodedMatrix({ kind: 'swapped' }, three))).toEqual([2, 3, 1, 5, 6, 4])
  })

  it('random: as the seed says, each output once', () => {
    const drawn = Array.from({ length: 12 }, (_, seed) =>
      hardCodedMatrix({ kind: 'random' }, { ...task(LOGITS), seed })!,
    )
    expect(new Set(drawn.map((matrix) => matrix.join())).size).toBeGreaterThan(3)
    for (const matrix of drawn) {
      expect([0, 1].map((c) => [0, 1, 2, 3].filter((k) => matrix[2 * k + c] === 1).length)).toEqual([1, 1])
      expect([0, 1, 2, 3].every((k) => matrix[2 * k]! + matrix[2 * k + 1]! <= 1)).toBe(true)
    }
  })

  it('is refused where it names what there is not', () => {
    const choose = (outputs: Record<string, string | number>) =>
      hardCodedMatrix({ kind: 'chosen', outputs }, task(LOGITS))
    expect(() => choose({ bees: 'bee' })).toThrow('no output for the class "ants"')
    expect(() => choose({ bees: 'bee', ants: 'wasp' })).toThrow('no output called "wasp"')
    expect(() => choose({ bees: 'bee', ants: 1 })).toThrow('named twice')
    expect(() => hardCodedMatrix({ kind: 'random' }, { ...task({ ...LOGITS, count: 1 }) })).toThrow('only 1 outputs')
  })
})

describe('a mapping that is found', () => {
  /** Bees are answered by 2, ants by 1; twice each. */
  const encoded = Float32Array.of(0, 1, 9, 2, 1, 9, 2, 0, 0, 0, 5, 4, 3, 8, 0, 0)
  const labels = [0, 1, 0, 1]

  it('of logits, is the matrix itself', async () => {
    expect(await outputLogits(LOGITS, encoded)).toBe(encoded)
    for (const kind of ['frequency', 'iterative', 'bayesian'] as const) {
      expect(plain(await foundMatrix({ kind }, LOGITS, encoded, labels, 2))).toEqual([0, 0, 0, 1, 1, 0, 0, 0])
    }
    const two = await foundMatrix({ kind: 'frequency', perClass: 2 }, LOGITS, encoded, labels, 2)
    expect(plain(two)).toEqual([0.5, 0, 0, 0.5, 0.5, 0, 0, 0.5])
  })

  it('of texts, is made of cosines and weighs the texts', async () => {
    // Bees look north, ants south, at any length.
    const looks = Float32Array.of(0.1, 7, -0.2, -3, 0, 0.5, 0.1, -9)
    const z = await outputLogits(TEXTS, looks.subarray(0, 2))
    const length = Math.hypot(0.1, 7)
    ;[0.1, 7, -0.1, -7].forEach((value, k) => expect(z[k]).toBeCloseTo(value / length, 6))
    const matrix = await foundMatrix({ kind: 'iterative' }, TEXTS, looks, labels, 2)
    expect(plain(matrix)!.map((value) => value + 0)).toEqual([0, 0, 1, -1])
  })
})
