/**
 * The training graph: one ONNX model that computes a loss and, when asked, its gradients with respect to chosen inputs.
 *
 *   inputs    the encoder's, the head's, and `do_backward` (bool [])
 *   outputs   the head's, and d_<name> for every wanted input (a [1,...] zero when do_backward is false)
 *
 * The backward lies in `If(do_backward)`: one session and one copy of the weights serve evaluation and training, as
 * ONNX Runtime always runs a whole graph. Weights are referred to in the downloaded bytes: the graph itself is small.
 */
import type { Node, OnnxModel, Shape, ModelFile, Graph, ValueInfo } from '../onnx/model'
import type { Value } from '../onnx/builder'
import { GraphBuilder } from '../onnx/builder'
import { decomposeFused } from '../onnx/fused'
import { makeTensor } from '../onnx/tensor'
import { selectEarly } from '../onnx/select-early'
import { specialise } from '../onnx/specialise'
import type { StaticGraph } from '../onnx/static-graph'
import { encodeModel, referredFiles } from '../onnx/write'
import { withDelta, type Additive } from './additive'
import type { Head } from './heads'
import { groupPatterns } from './patterns'
import { DEFAULT_LOSS_SCALE, LOSS_SCALE, computesInHalf, scaledReverse, withFloat32Ends } from './half'
import { allInputs, gated, gradientName, ungated } from './gate'
import { reverse } from './reverse'
import { sumEarly } from './sum-early'

export { gradientName }

export interface TrainingGraphOptions {
  /** Shape of every input, batch included; naming an inner value or a weight makes it an input. */
  readonly inputs: Readonly<Record<string, Shape>>
  /** The encoder's output that the head is put on. */
  readonly output: string
  readonly head: Head
  /** Inputs whose gradients are wanted. */
  readonly wrt: readonly string[]
  /**
   * An input that all rows share a learned summand with. `wrt` may name the summand: the sum over the rows that its gradient
   * is, is taken as early as it commutes (sum-early.ts).
   */
  readonly additive?: Additive
  /** false: the backward always runs and there is no `do_backward`. */
  readonly gated?: boolean
  /**
   * Encoders in half precision only (half.ts): the largest entry of the gradient that enters them, or 'input' to feed it as
   * `loss_scale` (float32 []). A gradient that is not finite calls for a smaller one. Default DEFAULT_LOSS_SCALE.
   */
  readonly lossScale?: number | 'input'
}

export interface TrainingGraph {
  /** ModelProto bytes, without the large weights. */
  readonly model: Uint8Array
  /** What the model refers to: the original files, untouched. */
  readonly externalData: readonly ModelFile[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly string[]
  /** Output name of the gradient of each of `wrt`. */
  readonly gradients: Readonly<Record<string, string>>
  /** Node counts, for the curious. */
  readonly nodes: { readonly forward: number; readonly backward: number }
}

/**
 * @throws UserError when an operator on the way cannot be differentiated: before any session is made
 */
export function buildTrainingGraph(model: OnnxModel, options: TrainingGraphOptions): TrainingGraph {
  const built = trainingModel(model, options)
  return {
    model: encodeModel(built.model),
    externalData: referredFiles(built.model),
    inputs: built.model.graph.inputs,
    outputs: built.model.graph.outputs.map((o) => o.name),
    gradients: Object.fromEntries(options.wrt.map((name) => [name, gradientName(name)])),
    nodes: built.nodes,
  }
}

/** The training graph as a model in memory. */
export function trainingModel(
  model: OnnxModel,
  options: TrainingGraphOptions,
): { model: OnnxModel; nodes: TrainingGraph['nodes'] } {
  const whole = selectEarly(decomposeFused(specialise(model, options.inputs, [options.output])), [options.output])
  const renamed = withoutReservedNames(whole, options)
  const inHalf = computesInHalf(renamed.graph)
  const { graph: ended, output } = inHalf ? withFloat32Ends(renamed.graph, renamed.output) : renamed
  const { graph, prompted } = options.additive ? withDelta(ended, options.additive) : { graph: ended, prompted: null }
  const forward = new GraphBuilder(graph.opset, 'head', graph)
  for (const input of graph.inputs) forward.input(input.name, input.dtype, input.dims)
  const head = options.head(forward, output)
  const steps = groupPatterns(graph, [output])
  const scale = options.lossScale ?? DEFAULT_LOSS_SCALE
  const lossScale = inHalf && scale === 'input' ? forward.input(LOSS_SCALE, 'float32', []) : null

  const backward = forward.child('grad')
  const isDelta = (name: string) => prompted !== null && name === options.additive?.delta
  const common = {
    wrt: options.wrt.map((name) => (isDelta(name) ? prompted! : name)),
    builder: backward,
    initializers: graph.initializers,
  }
  const ofRows = inHalf
    ? scaledReverse({
        ...common,
        steps,
        headSteps: head.steps,
        loss: head.loss,
        encoded: output,
        lossScale: lossScale ?? backward.constant('float32', [], [Number(scale)]),
        ofEncoder: new Set([...graph.inputs.map((i) => i.name), ...(prompted === null ? [] : [prompted])]),
      })
    : reverse({
        ...common,
        steps: [...steps, ...head.steps],
        seeds: new Map([[head.loss, backward.scalar(1, head.loss)]]),
      })
  const gradients = new Map(
    options.wrt.map((name) => [
      name,
      isDelta(name) ? sumEarly(backward, ofRows.get(prompted!)!, [...ofRows.values()]) : ofRows.get(name)!,
    ]),
  )
  const pruned = pruneNodes(backward.nodes, [...gradients.values()])
  const assembled = options.gated === false ? ungated : gated
  const main = assembled(options.wrt, gradients, backward, pruned, forward)

  const nodes = [...graph.nodes, ...forward.nodes, ...main.nodes]
  const assembledGraph: Graph = {
    name: 'training',
    nodes,
    initializers: usedInitializers(nodes, graph, [forward.initializers, main.initializers]),
    inputs: [...forward.inputs, ...main.inputs],
    outputs: [
      ...head.outputs.map((name) => ({ name, dtype: forward.dtype(name), dims: forward.dims(name) })),
      ...main.outputs,
    ],
  }
  return {
    model: { graph: assembledGraph, opset: graph.opset, otherOpsets: graph.otherOpsets, files: model.files },
    nodes: { forward: graph.nodes.length + forward.nodes.length, backward: pruned.length },
  }
}

/** Names that the training graph gives to values of its own. */
const RESERVED = [
  'logits',
  'loss',
  'class_embeddings',
  'class_bias',
  'image_features',
  'targets',
  'weights',
  'seed',
  'do_backward',
  LOSS_SCALE,
]

/** A classifier's own `logits`, say, gives way to the head's. Inputs keep their names. */
function withoutReservedNames(
  graph: StaticGraph,
  options: TrainingGraphOptions,
): { graph: StaticGraph; output: string } {
  const delta = options.additive ? [options.additive.delta] : []
  const reserved = new Set([...RESERVED, ...delta, ...options.wrt.map(gradientName)])
  const inputs = new Set(graph.inputs.map((i) => i.name))
  const clash = [...inputs].find((name) => reserved.has(name))
  if (clash !== undefined) throw new Error(`the model's input \`${clash}\` has a name that the loss head needs`)
  const rename = (name: string) => (reserved.has(name) ? `model/${name}` : name)
  const renameKeys = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [rename(name), value] as const))
  const nodes = graph.nodes.map((n) => ({
    ...n,
    name: rename(n.name),
    inputs: n.inputs.map(rename),
    outputs: n.outputs.map(rename),
  }))
  return {
    graph: {
      ...graph,
      nodes,
      initializers: renameKeys(graph.initializers),
      constants: renameKeys(graph.constants),
      types: renameKeys(graph.types),
    },
    output: rename(options.output),
  }
}

/** Nodes that the results need. */
function pruneNodes(nodes: readonly Node[], results: readonly Value[]): Node[] {
  const needed = new Set(results)
  const kept: Node[] = []
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((o) => needed.has(o))) continue
    kept.push(node)
    for (const i of node.inputs) needed.add(i)
  }
  return kept.reverse()
}

/** Weights, constants that specialisation found, and constants of the builders, as far as they are used. */
function usedInitializers(
  nodes: readonly Node[],
  graph: StaticGraph,
  made: readonly Graph['initializers'][],
): Graph['initializers'] {
  const out = new Map<string, ReturnType<typeof makeTensor>>()
  for (const name of new Set(allInputs(nodes))) {
    const constant = graph.constants.get(name)
    const tensor = graph.initializers.get(name) ?? made.map((m) => m.get(name)).find((t) => t !== undefined)
    if (tensor) out.set(name, tensor)
    else if (constant) out.set(name, makeTensor(constant.dtype, constant.dims, constant.values))
  }
  return out
}
