/** Which outputs stand for which classes, and what cannot. */
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { chosenOutputs, firstOutputs } from '../../src/methods/label-mapping'

describe('a label mapping', () => {
  it('is the first outputs unless others are chosen', () => {
    const first = firstOutputs(4, 2)
    expect([first.kind, first.outputs]).toEqual(['first', [0, 1]])
    expect([...first.matrix]).toEqual([1, 0, 0, 1, 0, 0, 0, 0])
  })

  it('selects the outputs that were chosen, in their order', () => {
    const chosen = chosenOutputs(4, 3, [2, 0, 3])
    const logits = [10, 11, 12, 13]
    const mapped = [0, 1, 2].map((c) => logits.reduce((sum, z, k) => sum + z * chosen.matrix[k * 3 + c]!, 0))
    expect(mapped).toEqual([12, 10, 13])
  })

  it('cannot have more classes than outputs', () => {
    expect(() => firstOutputs(10, 12)).toThrow('The task has 12 classes, the classifier only 10 outputs')
    expect(firstOutputs(3, 3).outputs).toEqual([0, 1, 2])
  })

  it.each([
    [[0, 1], /2 outputs are named for 3 classes/],
    [[0, 1, 4], /there is no output 4/],
    [[0, -1, 2], /there is no output -1/],
    [[0, 1.5, 2], /there is no output 1\.5/],
    [[0, 2, 2], /output 2 is named twice/],
  ])('refuses %j for three classes of four outputs', (chosen, message) => {
    expect(() => chosenOutputs(4, 3, chosen)).toThrow(UserError)
    expect(() => chosenOutputs(4, 3, chosen)).toThrow(message)
  })
})
