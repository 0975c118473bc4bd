/** Order of nodes: what is in order stays so, what is not is put right, and circles are named. */
import { describe, expect, it } from 'vitest'
import { inOrder, neededNodes } from '../../src/onnx/in-order'
import type { Node } from '../../src/onnx/model'
import { clipVision } from '../support/clip-generator'
import { shuffled } from '../support/random'
import { refusal } from '../support/refusal'

const node = (name: string, inputs: string[]): Node => ({
  op: 'Sum',
  domain: '',
  name,
  inputs,
  outputs: [name],
  attributes: {},
})

describe('nodes', () => {
  it('in order are left as they are', () => {
    const { nodes } = clipVision({ image: 16, patch: 8, width: 8, layers: 2, heads: 2, projection: 4 }).graph
    expect(inOrder(nodes)).toEqual(nodes)
  })

  it('in any order come after what they read', () => {
    const { nodes } = clipVision({ image: 16, patch: 8, width: 8, layers: 2, heads: 2, projection: 4 }).graph
    for (const seed of [1, 2, 3]) {
      const sorted = inOrder(shuffled(seed, nodes))
      expect(sorted).toHaveLength(nodes.length)
      const at = new Map(sorted.flatMap((n, i) => n.outputs.map((o) => [o, i] as const)))
      sorted.forEach((n, i) => n.inputs.forEach((input) => expect(at.get(input) ?? -1).toBeLessThan(i)))
    }
  })

  it('of a chain of twenty thousand, written backwards', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => node(`n${i}`, i === 0 ? ['x'] : [`n${i - 1}`]))
    expect(inOrder([...chain].reverse()).map((n) => n.name)).toEqual(chain.map((n) => n.name))
  })

  it('in a circle are refused', () => {
    const circle = [node('a', ['c']), node('b', ['a']), node('c', ['b'])]
    expect(refusal(() => inOrder(circle)).message).toMatch(
      /^The model's graph goes in a circle at `Sum` \(node `[abc]`\)\.$/,
    )
    expect(refusal(() => inOrder([node('a', ['a'])])).message).toContain('circle')
  })

  it('that leave out inputs and outputs are not taken for each other', () => {
    const first = { ...node('a', ['x', '']), outputs: ['a', '', 'b'] }
    expect(inOrder([first, node('c', ['', 'b'])])).toHaveLength(2)
  })

  it('that nothing needs are dropped, and those before a cut', () => {
    const nodes = [node('a', ['x']), node('b', ['a']), node('c', ['a']), node('d', ['b'])]
    expect(neededNodes(nodes, ['d']).map((n) => n.name)).toEqual(['a', 'b', 'd'])
    expect(neededNodes(nodes, ['d'], new Set(['b'])).map((n) => n.name)).toEqual(['d'])
  })
})
