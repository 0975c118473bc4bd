/**
 * Refuses values that are small in the file and endless to walk: containers that hold themselves, chains nested without end,
 * and lists of one list of one list (the "billion laughs"). One walk, each container once, no recursion.
 */
import { UserError } from '../../errors'
import { PickleRecord, type PickleValue } from './values'

const MAX_DEPTH = 64
const MAX_VALUES = 1_000_000

interface Weight {
  /** Values inside, counted as often as they are reached. */
  values: number
  depth: number
}

interface Visit {
  readonly container: object
  readonly children: Iterator<PickleValue>
  readonly weight: Weight
}

/** @throws UserError */
export function refuseMonsters(name: string, root: PickleValue): void {
  const done = new Map<object, Weight>()
  const open = new Set<object>()
  const path: Visit[] = []
  const enter = (value: PickleValue) => {
    const children = childrenOf(value)
    if (children === null) return null
    const container = value as object
    const known = done.get(container)
    if (known) return known
    if (open.has(container)) throw monster(name, 'something in it contains itself')
    if (open.size >= MAX_DEPTH) throw monster(name, 'it is nested too deep')
    open.add(container)
    path.push({ container, children: children[Symbol.iterator](), weight: { values: 1, depth: 1 } })
    return null
  }
  const add = (to: Weight, inner: Weight | null) => {
    to.values += inner?.values ?? 1
    to.depth = Math.max(to.depth, 1 + (inner?.depth ?? 0))
    if (to.values > MAX_VALUES) throw monster(name, 'it unfolds into far more than it holds')
    if (to.depth > MAX_DEPTH) throw monster(name, 'it is nested too deep')
  }

  enter(root)
  for (let visit = path.at(-1); visit; visit = path.at(-1)) {
    const next = visit.children.next()
    if (next.done) {
      path.pop()
      open.delete(visit.container)
      done.set(visit.container, visit.weight)
      const parent = path.at(-1)
      if (parent) add(parent.weight, visit.weight)
      continue
    }
    const before = path.length
    const known = enter(next.value)
    if (path.length === before) add(visit.weight, known)
  }
}

function childrenOf(value: PickleValue): Iterable<PickleValue> | null {
  if (Array.isArray(value) || value instanceof Set) return value
  if (value instanceof Map) return entriesOf(value)
  return value instanceof PickleRecord ? entriesOf(value.fields) : null
}

function* entriesOf(dict: ReadonlyMap<PickleValue, PickleValue>): Generator<PickleValue> {
  for (const [key, value] of dict) {
    yield key
    yield value
  }
}

function monster(name: string, what: string): UserError {
  return new UserError(
    `"${name}" is not a checkpoint that can be read: ${what}.`,
    'It was made to do harm, or is damaged; fetch it again from where you trust.',
  )
}
