/**
 * Where a text tower looks its tokens up: the value that a learned context takes the place of (CoOp, Zhou et al. 2022,
 * section 3.2). Exports name it as they like, so that it is found by what it is: rows of a table that does not depend on the
 * text, picked by `input_ids`.
 */
import { UserError } from '../errors'
import { neededNodes } from '../onnx/in-order'
import { DTYPES, int, type Node, type OnnxModel } from '../onnx/model'
import { specialise } from '../onnx/specialise'
import { encodeModel, referredFiles } from '../onnx/write'
import type { Engine } from '../runtime/engine'
import { said } from '../sentence'
import type { Clip } from './clip'
import { readFrozen } from './frozen-graph'

/** What exporters put between `input_ids` and the look-up; none of it changes an id. */
const KEEPS_IDS = new Set(['Cast', 'Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten'])
const LOOKS_UP = new Set(['Gather', 'GatherBlockQuantized'])
/** What makes numbers of rows that are stored as integers or in half precision. */
const WIDENS = new Set(['Cast', 'DequantizeLinear'])

export interface TokenEmbedding {
  /** Name of the value, [texts, tokens, W]. */
  readonly value: string
  /** W: numbers of a token. */
  readonly width: number
}

/**
 * @param text the graph of a text tower; its weights are not looked at
 * @throws UserError where there is no such look-up, or more than one
 */
export function findTokenEmbedding(text: OnnxModel): TokenEmbedding {
  const { nodes } = text.graph
  const ids = new Set(['input_ids'])
  for (const node of nodes) {
    if (KEEPS_IDS.has(node.op) && ids.has(node.inputs[0]!)) for (const output of node.outputs) ids.add(output)
  }
  const found = nodes.filter(({ op, inputs }) => LOOKS_UP.has(op) && ids.has(inputs[1]!) && !ids.has(inputs[0]!))
  if (found.length !== 1) {
    throw new UserError(
      said`The text tower's token embeddings cannot be found: ${found.length} of its nodes look tokens up, not one.`,
      'Learn on its pixels instead, or export the text tower with one token table, as the published CLIPs are.',
    )
  }
  const value = widened(found[0]!, nodes)
  const dims = specialise(text, { input_ids: [1, 2] }, [value]).types.get(value)!.dims
  if (dims.length === 3 && dims[0] === 1 && dims[1] === 2) return { value, width: dims[2]! }
  throw new UserError(
    said`The text tower's token embeddings have the shape [${dims.join(', ')}], not [texts, tokens, width].`,
    'Export the text tower as the published CLIPs are.',
  )
}

/** The looked-up rows as floating point: behind what stands alone after them and widens them. */
function widened(node: Node, nodes: readonly Node[]): string {
  const value = node.outputs[0]!
  const readers = nodes.filter(({ inputs }) => inputs.includes(value))
  const [only] = readers
  if (readers.length !== 1 || !only || !WIDENS.has(only.op) || only.inputs[0] !== value) return value
  return widened(only, nodes)
}

/** Tokens of one run of the look-up. */
const TOKENS_PER_RUN = 4096

/** Rows of the token table, float32 [tokens, W], in the order of `ids`. The session lives only as long. */
export async function lookUpTokens(engine: Engine, clip: Clip, ids: readonly number[]): Promise<Float32Array> {
  const { value, width } = findTokenEmbedding(clip.text.outline)
  const { model, externalData } = lookUpModel(await readFrozen(clip.text), value)
  const rows = new Float32Array(ids.length * width)
  const session = await engine.createSession(model, externalData)
  try {
    for (let from = 0; from < ids.length; from += TOKENS_PER_RUN) {
      const part = BigInt64Array.from(ids.slice(from, from + TOKENS_PER_RUN), BigInt)
      const feeds = { input_ids: { dtype: 'int64', dims: [1, part.length], data: part } } as const
      const found = await session.run(feeds, async (outputs) =>
        Float32Array.from(await Object.values(outputs)[0]!.data()),
      )
      if (found.length !== part.length * width) throw new Error(`${found.length} numbers for ${part.length} tokens`)
      rows.set(found, from * width)
    }
  } finally {
    await session.dispose()
  }
  return rows
}

/** The look-up alone, giving float32 whatever the tower computes in; it carries no weight but its table. */
function lookUpModel(whole: OnnxModel, value: string) {
  const nodes = neededNodes(whole.graph.nodes, [value])
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const output = `${value}/float32`
  const cast: Node = {
    op: 'Cast',
    domain: '',
    name: output,
    inputs: [value],
    outputs: [output],
    attributes: { to: int(DTYPES.float32) },
  }
  const ids = whole.graph.inputs.find(({ name }) => name === 'input_ids')!
  const model: OnnxModel = {
    ...whole,
    graph: {
      name: 'tokens',
      nodes: [...nodes, cast],
      initializers: new Map([...whole.graph.initializers].filter(([name]) => used.has(name))),
      inputs: [{ ...ids, dims: ['texts', 'tokens'] }],
      outputs: [{ name: output, dtype: 'float32', dims: ['texts', 'tokens', 'width'] }],
    },
  }
  return { model: encodeModel(model), externalData: referredFiles(model) }
}
