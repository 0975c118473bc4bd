/** Which nodes, in which order. ONNX demands topological order of a file; ONNX Runtime does not, and its float16 converter breaks it. */
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

/** Of nodes in order, those that the outputs need, none before the cuts. */
export function neededNodes(
  nodes: readonly Node[],
  outputs: readonly string[],
  cuts: ReadonlySet<string> = new Set(),
): Node[] {
  const needed = new Set(outputs)
  const kept: Node[] = []
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((o) => needed.has(o) && !cuts.has(o))) continue
    kept.push(node)
    for (const i of node.inputs) if (!cuts.has(i)) needed.add(i)
  }
  return kept.reverse()
}
