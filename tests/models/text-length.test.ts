/** How long the rows are that the text tower is given: as short as its texts where that changes nothing, else its context. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClip, type Clip } from '../../src/models/clip'
import { encodeTexts } from '../../src/models/text'
import { GraphBuilder } from '../../src/onnx/builder'
import { int, ints, type Node, type OnnxModel } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { encodeModel } from '../../src/onnx/write'
import type { Engine, Feeds } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { clipText } from '../support/clip-generator'
import { DIM, filesOf, letterTokenizerJson, tinyClip, VOCABULARY } from './tiny-clip'

const CONTEXT = 77
const TOWER = { vocabulary: VOCABULARY, context: CONTEXT, width: 32, layers: 3, heads: 4, projection: DIM }
const TEXTS = ['a fox', 'an ox in a box', 'b']

let engine: Engine
/** Dims of input_ids of each run. */
let runs: number[][] = []
beforeAll(async () => {
  const inner = await createNodeEngine()
  engine = {
    ...{ kind: inner.kind, description: inner.description },
    reckon: (model) => inner.reckon(model),
    ...{ ledger: () => inner.ledger(), fault: null, faultOf: (error: unknown) => inner.faultOf(error) },
    idle: () => inner.idle(),
    dispose: () => inner.dispose(),
    async createSession(...model) {
      const session = await inner.createSession(...model)
      return {
        dispose: () => session.dispose(),
        run(feeds: Feeds, use, fetches) {
          const ids = feeds.input_ids!
          runs.push([...('dims' in ids ? ids.dims : ids.shape)])
          return session.run(feeds, use, fetches)
        },
      }
    },
  }
})
afterAll(() => engine.dispose())

async function withTower(textModel: OnnxModel): Promise<Clip> {
  const table = tinyClip(2, 7)
  const config = table['config.json'] as Record<string, unknown>
  const text_config = { vocab_size: VOCABULARY, max_position_embeddings: CONTEXT }
  const changes = { 'config.json': { ...config, text_config }, 'onnx/text_model.onnx': encodeModel(textModel) }
  return loadClip(filesOf({ ...table, 'tokenizer.json': letterTokenizerJson(), ...changes }))
}

/** Embeddings of texts padded to so many tokens, by the tower itself. */
async function paddedTo(clip: Clip, length: number): Promise<Float32Array> {
  const session = await engine.createSession((await clip.text.readFiles())[0]!.data)
  const { ids, attentionMask } = clip.tokenizer.encodeBatch(TEXTS, length)
  const feed = (data: BigInt64Array) => ({ dtype: 'int64', dims: [TEXTS.length, length], data }) as const
  const masked = clip.text.outline.graph.inputs.some(({ name }) => name === 'attention_mask')
  const feeds = { input_ids: feed(ids), ...(masked ? { attention_mask: feed(attentionMask) } : {}) }
  const found = await session.run(feeds, async (o) => Float32Array.from(await o.text_embeds!.data()))
  await session.dispose()
  return found
}

/** Embeddings as the program gets them, their largest difference from those of the whole context, and the runs made. */
async function compare(clip: Clip): Promise<{ difference: number; lengths: number[] }> {
  const full = await paddedTo(clip, CONTEXT)
  runs = []
  const found = await encodeTexts(engine, clip, TEXTS)
  expect(found.length).toBe(TEXTS.length * DIM)
  expect(full.every((value) => Math.abs(value) > 1e-3)).toBe(true)
  const difference = Math.max(...found.map((value, i) => Math.abs(value - full[i]!)))
  return { difference, lengths: runs.map(([, length]) => length!) }
}

const longest = (clip: Clip) => Math.max(...TEXTS.map((text) => clip.tokenizer.encode(text).length))

/** The tower with an `attention_mask`, added to the causal one as optimum's export of a masked CLIP does. */
function masked(model: OnnxModel): OnnxModel {
  const { graph } = model
  const causal = graph.nodes.findIndex(
    ({ op, inputs }) => op === 'Unsqueeze' && graph.nodes.some((n) => n.op === 'Where' && n.outputs[0] === inputs[0]),
  )
  const mask = graph.nodes[causal]!.outputs[0]!
  const node = (op: string, inputs: string[], output: string, attributes: Node['attributes'] = {}): Node => ({
    ...{ op, domain: '', name: output, inputs, outputs: [output], attributes },
  })
  const closing = [
    node('Cast', ['attention_mask'], 'mask/float', { to: int(1) }),
    node('Sub', ['mask/one', 'mask/float'], 'mask/closed'),
    node('Mul', ['mask/closed', 'mask/large'], 'mask/scaled'),
    node('Unsqueeze', ['mask/scaled', 'mask/axes'], 'mask/rows'),
    node('Add', [mask, 'mask/rows'], 'mask/both'),
  ]
  const after = graph.nodes.slice(causal + 1).map((one) => ({
    ...one,
    inputs: one.inputs.map((input) => (input === mask ? 'mask/both' : input)),
  }))
  const initializers = new Map(graph.initializers)
  initializers.set('mask/one', makeTensor('float32', [], [1]))
  initializers.set('mask/large', makeTensor('float32', [], [-1e9]))
  initializers.set('mask/axes', makeTensor('int64', [2], [1, 2]))
  const inputs = [
    ...graph.inputs,
    { name: 'attention_mask', dtype: 'int64' as const, dims: ['batch_size', 'sequence_length'] },
  ]
  const nodes = [...graph.nodes.slice(0, causal + 1), ...closing, ...after]
  return { ...model, graph: { ...graph, nodes, initializers, inputs } }
}

/** text_embeds = mean over all tokens, padding too, plus a table of one row a position of the whole context or none. */
function meanTower(length: number | string, positions: boolean): OnnxModel {
  const b = new GraphBuilder()
  const ids = b.input('input_ids', 'int64', [1, 1])
  const table = b.initializer(
    'table',
    makeTensor(
      'float32',
      [VOCABULARY, DIM],
      Float32Array.from({ length: VOCABULARY * DIM }, (_, i) => Math.sin(i) + 2),
    ),
  )
  const row = b.initializer('row', makeTensor('float32', [1, 1, DIM], [1, 2, 3]))
  const tokens = b.op('Gather', [table, ids], { axis: int(0) })
  const all = b.op('Add', [tokens, row])
  const embeds = b.op('ReduceMean', [all], { axes: ints([1]), keepdims: int(0) }, 'text_embeds')
  const model = b.toModel([embeds])
  const initializers = new Map(model.graph.initializers)
  if (positions) {
    const values = Float32Array.from({ length: CONTEXT * DIM }, (_, i) => Math.cos(i))
    initializers.set('row', makeTensor('float32', [1, CONTEXT, DIM], values))
  }
  const inputs = [{ name: 'input_ids', dtype: 'int64' as const, dims: ['batch_size', length] }]
  const outputs = [{ name: 'text_embeds', dtype: 'float32' as const, dims: ['batch_size', DIM] }]
  return { ...model, graph: { ...model.graph, initializers, inputs, outputs } }
}

describe('a causal tower', () => {
  it.each([
    ['without attention_mask', (model: OnnxModel) => model],
    ['with attention_mask', masked],
  ])('%s is given no more than its texts, and answers the same', async (_, change) => {
    const clip = await withTower(change(clipText(TOWER)))
    const { difference, lengths } = await compare(clip)
    expect(difference).toBeLessThan(1e-6)
    // Once the whole context and once without padding, to see that they agree; then the texts.
    expect(lengths).toEqual([CONTEXT, clip.tokenizer.encode(TEXTS[0]!).length, longest(clip)])
    // What was found out is remembered.
    expect((await compare(clip)).lengths).toEqual([longest(clip)])
  })
})

describe('a tower that is given its whole context', () => {
  it('sees its padding', async () => {
    const clip = await withTower(meanTower('sequence_length', false))
    const { difference, lengths } = await compare(clip)
    expect(difference).toBe(0)
    expect(lengths.at(-1)).toBe(CONTEXT)
    const [short, full] = [await paddedTo(clip, longest(clip)), await paddedTo(clip, CONTEXT)]
    expect(Math.max(...short.map((value, i) => Math.abs(value - full[i]!)))).toBeGreaterThan(0.1)
  })

  it('has an inside made for that length alone', async () => {
    const { difference, lengths } = await compare(await withTower(meanTower('sequence_length', true)))
    expect(difference).toBe(0)
    expect(lengths.at(-1)).toBe(CONTEXT)
  })

  it('says so in its inputs', async () => {
    const { difference, lengths } = await compare(await withTower(meanTower(CONTEXT, true)))
    expect(difference).toBe(0)
    expect(lengths).toEqual([CONTEXT])
  })
})
