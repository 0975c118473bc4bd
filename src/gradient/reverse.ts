/**
 * Reverse mode on an ONNX graph: walks the steps backwards, asks each operator's rule for the gradients of its inputs,
 * and adds up what arrives at each value. Only values between `wrt` and the seeds get a gradient.
 */
import type { Node, Tensor } from '../onnx/model'
import { attribute, describe, isFloat } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'
import type { RuleContext } from './rule'
import { NotDifferentiable } from './rule'
import { ruleFor } from './rules/index'
import { UserError } from '../errors'

export interface ReverseOptions {
  /** Forward steps in topological order; patterns grouped. */
  readonly steps: readonly Node[]
  /** Gradients that are given, e.g. { loss: <value 1> }. */
  readonly seeds: ReadonlyMap<Value, Value>
  /** Values whose gradients are wanted: inputs, inner values or weights. */
  readonly wrt: readonly Value[]
  /** Where the nodes of the backward go; it sees all values of the forward. */
  readonly builder: GraphBuilder
  readonly initializers: ReadonlyMap<string, Tensor>
}

/**
 * Appends the backward and returns the gradient of each of `wrt`.
 * @throws UserError naming the operator and node that cannot be differentiated
 */
export function reverse(options: ReverseOptions): Map<Value, Value> {
  const { steps, builder: b, wrt } = options
  const active = activeValues(steps, wrt)
  const producers = new Map(steps.flatMap((n) => n.outputs.map((o) => [o, n] as const)))
  const gradients = new Map(options.seeds)

  for (const node of [...steps].reverse()) {
    const reached = node.outputs.some((o) => gradients.has(o))
    if (!reached || !node.inputs.some((i) => active.has(i))) continue
    const context = makeContext(node, gradients, active, producers, options)
    const results = applyRule(node, context)
    node.inputs.forEach((input, i) => {
      if (input === '' || !active.has(input)) return
      const gradient = results[i]
      if (!gradient) {
        // A rule that forgets an input would make a gradient that looks right and is not.
        if (isFloat(b.dtype(input))) throw cannotDifferentiate(node, `its input ${i} has no gradient rule`)
        return
      }
      const others = gradients.get(input)
      gradients.set(input, others ? b.add(others, gradient) : gradient)
    })
  }

  return new Map(
    wrt.map((name) => {
      const gradient = gradients.get(name)
      if (!gradient) throw new Error(`the loss does not depend on \`${name}\``)
      return [name, gradient]
    }),
  )
}

/** Everything that depends on `wrt`. */
function activeValues(steps: readonly Node[], wrt: readonly Value[]): Set<Value> {
  const active = new Set(wrt)
  for (const node of steps) {
    if (node.inputs.some((i) => active.has(i))) for (const o of node.outputs) if (o !== '') active.add(o)
  }
  return active
}

function applyRule(node: Node, context: RuleContext) {
  const rule = ruleFor(node)
  if (!rule) throw cannotDifferentiate(node)
  try {
    return rule(context)
  } catch (cause) {
    if (cause instanceof NotDifferentiable) throw cannotDifferentiate(node, cause.message)
    throw cause
  }
}

function cannotDifferentiate(node: Node, reason?: string): UserError {
  return new UserError(
    `Passepartout cannot differentiate ${describe(node)}${reason ? `: ${reason}` : ''}.`,
    'Export the model with standard ONNX operators; docs/operators.md lists those that have a gradient.',
  )
}

/** Outputs other than the first whose gradients a rule looks at. */
const MANY_OUTPUTS = new Set(['Split'])

function makeContext(
  node: Node,
  gradients: Map<Value, Value>,
  active: ReadonlySet<Value>,
  producers: ReadonlyMap<Value, Node>,
  { builder: b, initializers }: ReverseOptions,
): RuleContext {
  const first = gradients.get(node.outputs[0]!)
  if (!MANY_OUTPUTS.has(node.op)) {
    const stray = node.outputs.findIndex((o, i) => i > 0 && gradients.has(o))
    if (stray > 0) throw cannotDifferentiate(node, `its output ${stray} has no gradient rule`)
  }
  const input = (i: number) => node.inputs[i] ?? ''
  return {
    node,
    b,
    get g() {
      if (!first) throw new Error(`no gradient has arrived at ${describe(node)}`)
      return first
    },
    gradientOf: (output) => gradients.get(node.outputs[output] ?? '') ?? null,
    x: input,
    y: (i = 0) => node.outputs[i]!,
    wants: (i) => active.has(input(i)),
    dims: (value) => b.dims(value),
    takeAccumulated: (i) => {
      const accumulated = gradients.get(input(i)) ?? null
      gradients.delete(input(i))
      return accumulated
    },
    producer: (value) => producers.get(value) ?? null,
    initializer: (value) => initializers.get(value) ?? null,
    constant: (i) => {
      const found = b.constantOf(input(i))
      if (!found) throw new NotDifferentiable(`its input ${i} is not known when the graph is built`)
      return found.values
    },
    has: (i) => input(i) !== '',
    attr: (name, type, fallback) => attribute(node, name, type, fallback),
  }
}
