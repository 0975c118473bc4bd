/** Dropped model files: found by their names wherever they lie, and what is missing is named in one sentence. */
import { describe, expect, it } from 'vitest'
import { loadClip } from '../../src/models/clip'
import { droppedModel } from '../../src/models/files-dropped'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel, readModel } from '../../src/onnx/read'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { clipVision, withWeightsBeside } from '../support/clip-generator'
import { bytesOf, stampFiles } from '../support/hub-content'
import { tinyClip } from './tiny-clip'

type Table = Record<string, Uint8Array>

const dropped = (table: Table) =>
  Object.entries(table).map(([path, bytes]) => ({ path, file: new Blob([bytes as Uint8Array<ArrayBuffer>]) }))
const open = (table: Table) => droppedModel('mine', dropped(table))
const tiny = (): Table => bytesOf(tinyClip(2, 24))

function without(table: Table, ...paths: readonly string[]): Table {
  return Object.fromEntries(Object.entries(table).filter(([path]) => !paths.includes(path)))
}

describe('a CLIP', () => {
  it('is read from a folder in the hub’s layout', async () => {
    const files = await open(Object.fromEntries(Object.entries(tiny()).map(([path, b]) => [`mine/${path}`, b])))
    expect(await loadClip(files)).toMatchObject({ kind: 'clip', name: 'mine', imageSize: 4 })
  })

  it('is read from loose files, and takes the plain one of several variants', async () => {
    const table = tiny()
    const flat = Object.fromEntries(Object.entries(table).map(([path, b]) => [path.replace('onnx/', ''), b]))
    const files = await open({
      ...flat,
      'vision_model_q4.onnx': new Uint8Array(3),
      'text_model_fp16.onnx': new Uint8Array(3),
    })
    expect(await loadClip(files)).toMatchObject({ imageSize: 4 })
    const half = await open({ ...without(flat, 'vision_model.onnx'), 'vision_model_fp16.onnx': new Uint8Array(7) })
    expect(await half.read('onnx/vision_model.onnx')).toHaveLength(7)
  })

  const lacks: readonly [string, readonly string[], string][] = [
    ['one file', ['tokenizer.json'], 'tokenizer.json (or vocab.json with merges.txt)'],
    ['a tower', ['onnx/text_model.onnx'], 'the text encoder (text_model.onnx)'],
    [
      'several',
      ['onnx/vision_model.onnx', 'config.json', 'preprocessor_config.json'],
      'the image encoder (vision_model.onnx), config.json and preprocessor_config.json',
    ],
  ]
  for (const [what, paths, names] of lacks) {
    it(`that lacks ${what} is told so in one sentence`, async () => {
      await expect(open(without(tiny(), ...paths))).rejects.toMatchObject({
        message: `"mine" lacks ${names} of the CLIP.`,
        remedy: 'Choose all its files together, or the folder that holds them.',
      })
    })
  }

  it('does not lack a tokenizer where it has vocabulary and merges', async () => {
    const pair = { 'vocab.json': new Uint8Array(1), 'merges.txt': new Uint8Array(1) }
    await expect(open({ ...without(tiny(), 'tokenizer.json'), ...pair })).resolves.toBeDefined()
    await expect(open({ ...without(tiny(), 'tokenizer.json'), 'vocab.json': pair['vocab.json'] })).rejects.toThrow(
      'tokenizer.json (or vocab.json with merges.txt)',
    )
  })
})

describe('other files', () => {
  it('without a graph are refused', async () => {
    await expect(open(without(tiny(), 'onnx/text_model.onnx', 'onnx/vision_model.onnx'))).rejects.toThrow(
      '"mine" holds no .onnx file.',
    )
  })

  it('of a classifier need its preprocessing', async () => {
    const one = { 'resnet.onnx': new Uint8Array(9) }
    await expect(open(one)).rejects.toThrow('"mine" lacks preprocessor_config.json of the classifier.')
    const files = await open({ ...one, 'preprocessor_config.json': new Uint8Array(2) })
    expect(await files.list?.()).toEqual(expect.arrayContaining(['resnet.onnx']))
    expect(await files.read('labels.txt')).toBeNull()
  })

  it('whose graphs cannot be told apart are refused', async () => {
    await expect(open({ 'a.onnx': new Uint8Array(1), 'b.onnx': new Uint8Array(1) })).rejects.toThrow(
      'names do not say which is which',
    )
  })
})

describe('weights beside the graph', () => {
  const model = withWeightsBeside(clipVision({ image: 32, patch: 16, width: 64, layers: 1, heads: 1, projection: 64 }))
  const graph = encodeModel(model)
  const [weights] = referredFiles(model)

  it('are looked for by the names that the graph gives them', async () => {
    const asked: string[] = []
    const read = await readModel(graph, async (location) => {
      asked.push(location)
      return location === weights!.path ? weights!.data : null
    })
    expect(asked).toEqual([weights!.path])
    const where = ({ graph: { initializers } }: OnnxModel) =>
      [...initializers].map(([name, { dims, location }]) => [name, dims, location])
    expect(where(read)).toEqual(where(decodeModel(graph, [weights!])))
    await expect(readModel(graph, async () => null)).rejects.toThrow('`weights.bin`, which was not given')
  })

  it('are part of a dropped model and of its hash', async () => {
    const stamp = stampFiles()
    const beside = withWeightsBeside(decodeModel(stamp['onnx/vision_model.onnx']!))
    const [data] = referredFiles(beside)
    const table = { ...stamp, 'onnx/vision_model.onnx': encodeModel(beside), 'onnx/weights.bin': data!.data }
    const clip = await loadClip(await open(table))
    expect(clip.vision.outline.files.map(({ path }) => path)).toEqual(['model.onnx', 'weights.bin'])
    const spoiled = data!.data.slice()
    spoiled[5]! ^= 1
    const other = await loadClip(await open({ ...table, 'onnx/weights.bin': spoiled }))
    expect(other.sha256).not.toBe(clip.sha256)
    await expect(open(without(table, 'onnx/weights.bin')).then((files) => loadClip(files))).rejects.toThrow(
      /^onnx\/vision_model\.onnx of the model "mine": The model keeps its weights in a second file, `weights\.bin`/,
    )
  })
})
