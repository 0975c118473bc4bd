/** Topological order of nodes. ONNX demands it of a file, ONNX Runtime does not, and its float16 converter breaks it. */
import type { Node } from './model'
import { describe } from './model'
import { UserError } from '../errors'

/** The nodes, each after what it reads; nodes that are in order stay where they are. @throws UserError for a cycle */
export function inOrder(nodes: readonly Node[]): readonly Node[] {
  const producers = new Map(nodes.flatMap((n) => n.outputs.filter((o) => o !== '').map((o) => [o, n] as const)))
  const state = new Map<Node, 'open' | 'placed'>()
  const placed: Node[] = []
  for (const root of nodes) {
    // A stack of its own: chains of thousands of nodes are usual.
    const stack = [root]
    while (stack.length > 0) {
      const node = stack.at(-1)!
      if (state.get(node) === 'placed') {
        stack.pop()
        continue
      }
      state.set(node, 'open')
      const missing = node.inputs.flatMap((i) => {
        const producer = producers.get(i)
        return producer && state.get(producer) !== 'placed' ? [producer] : []
      })
      if (missing.length === 0) {
        state.set(node, 'placed')
        placed.push(node)
        stack.pop()
        continue
      }
      if (missing.some((n) => state.get(n) === 'open')) throw cycle(node)
      stack.push(...missing.reverse())
    }
  }
  return placed
}

function cycle(node: Node): UserError {
  return new UserError(
    `The model's graph goes in a circle at ${describe(node)}.`,
    'Export the model again; this file is damaged.',
  )
}
