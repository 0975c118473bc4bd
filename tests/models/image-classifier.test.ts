/** Classifiers found by looking at a graph: names, sizes, preprocessing, labels; and one sentence for what is none. */
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { loadModel, modelBytes } from '../../src/models/frozen-model'
import { loadImageClassifier, readClassifierFile, type ImageClassifier } from '../../src/models/image-classifier'
import { sha256 } from '../../src/models/sha256'
import type { ModelFiles } from '../../src/models/files'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { withWeightsBeside } from '../support/clip-generator'
import { filesOf, tinyClip, type FileTable } from './tiny-clip'
import {
  TINY_OUTPUTS,
  TINY_PREPROCESSING,
  TINY_SIDE,
  tinyClassifier,
  tinyGraph,
  type TinyGraph,
} from './tiny-classifier'

async function load(table: FileTable): Promise<ImageClassifier> {
  const model = await loadModel(filesOf(table))
  if (model.kind !== 'classifier') throw new Error('a CLIP')
  return model
}

describe('a classifier', () => {
  it('is read off its graph', async () => {
    const table = tinyClassifier()
    const model = await load(table)
    expect(model).toMatchObject({ name: 'tiny', input: 'picture', output: 'scores', outputs: TINY_OUTPUTS })
    expect(model).toMatchObject({ imageSize: TINY_SIDE, mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] })
    expect(model.resize).toEqual({ fit: 'crop', side: TINY_SIDE, filter: 'bilinear' })
    expect(model.labels).toEqual(['ash', 'beech', 'cedar', 'dogwood', 'elm'])
    expect(model.sha256).toBe(await sha256(table['model.onnx'] as Uint8Array))
  })

  it('may lie in onnx/, or be the only graph of a folder that can be listed', async () => {
    const { 'model.onnx': graph, ...rest } = tinyClassifier()
    expect((await load({ ...rest, 'onnx/model.onnx': graph })).outputs).toBe(TINY_OUTPUTS)

    const table: FileTable = { ...rest, 'net.onnx': graph }
    const listed: ModelFiles = { ...filesOf(table), list: async () => Object.keys(table) }
    expect(await readClassifierFile(listed)).toEqual({ path: 'net.onnx', bytes: graph })
    expect(await readClassifierFile(filesOf(table))).toBeNull()
    const two: FileTable = { ...table, 'other.onnx': graph }
    expect(await readClassifierFile({ ...filesOf(two), list: async () => Object.keys(two) })).toBeNull()
  })

  it('may keep its weights in a file beside it', async () => {
    // Smaller weights than a kilobyte would be written into the graph.
    const outputs = 100
    const { 'model.onnx': graph, 'labels.txt': _, ...rest } = tinyClassifier({ outputs })
    const beside = withWeightsBeside(decodeModel(graph as Uint8Array))
    const model = encodeModel(beside)
    const weights = beside.files[0]!.data
    const table = { ...rest, 'onnx/model.onnx': model, 'onnx/weights.bin': weights }
    const read = await load(table)
    expect([read.outputs, modelBytes(read)]).toEqual([outputs, model.byteLength + weights.byteLength])
    expect(read.sha256).toBe(await sha256(model, weights))
    const missing = load({ ...table, 'onnx/weights.bin': undefined })
    await expect(missing).rejects.toThrow(/^onnx\/model\.onnx of the model "tiny": .*`weights\.bin`/)
  })

  it('leaves a Softmax at its end out', async () => {
    const model = await load(tinyClassifier({ softmax: true }))
    expect([model.output, model.outputs]).toEqual(['before', TINY_OUTPUTS])
  })

  it('has labels from labels.txt, id2label, or none', async () => {
    const { 'labels.txt': _, ...rest } = tinyClassifier()
    const id2label = { 0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e' }
    expect((await load({ ...rest, 'config.json': { model_type: 'resnet', id2label } })).labels).toEqual([...'abcde'])
    expect((await load(rest)).labels[3]).toBe('output 3')
  })

  it.each([
    [
      { crop_size: 16, size: { shortest_edge: 18 } },
      { fit: 'crop', side: 18 },
    ],
    [
      { crop_size: { height: 16, width: 16 }, size: 18, resample: 3 },
      { fit: 'crop', side: 18, filter: 'bicubic' },
    ],
    [{ size: { height: 16, width: 16 } }, { fit: 'squash', side: 16, filter: 'bilinear' }],
    [{ size: 16 }, { fit: 'squash', side: 16 }],
    [
      { size: 16, crop_size: 12, do_center_crop: false },
      { fit: 'squash', side: 16 },
    ],
    [
      { size: { shortest_edge: 16 }, crop_pct: 0.875 },
      { fit: 'crop', side: 18 },
    ],
    [{}, { fit: 'crop', side: 16 }],
  ])('preprocesses as %j says', async (fields, resize) => {
    const { crop_size: _, ...normalisation } = TINY_PREPROCESSING
    const table = { ...tinyClassifier(), 'preprocessor_config.json': { ...normalisation, ...fields } }
    const model = await load(table)
    expect(model.imageSize).toBe(16)
    expect(model.resize).toMatchObject(resize)
  })

  it('takes its size from the files where the graph takes any', async () => {
    const table = tinyClassifier({ dims: ['n', 3, 'height', 'width'] })
    const sized = { ...TINY_PREPROCESSING, crop_size: 12 }
    expect((await load({ ...table, 'preprocessor_config.json': sized })).imageSize).toBe(12)
    const { crop_size: _, ...unsized } = TINY_PREPROCESSING
    const configured = { ...table, 'preprocessor_config.json': unsized, 'config.json': { image_size: 20 } }
    expect((await load(configured)).imageSize).toBe(20)
  })

  it('brings the scale of the files to that of pixels in [0, 1]', async () => {
    const bytes = { image_mean: [127.5, 127.5, 127.5], image_std: [127.5, 127.5, 127.5], rescale_factor: 1 }
    const model = await load({ ...tinyClassifier(), 'preprocessor_config.json': bytes })
    expect([...model.mean, ...model.std]).toEqual(new Array(6).fill(0.5))
    const plain = await load({ ...tinyClassifier(), 'preprocessor_config.json': { do_normalize: false } })
    expect([plain.mean, plain.std]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ])
  })
})

describe('what is no classifier', () => {
  const graphs: [TinyGraph, RegExp][] = [
    [{ extraInput: true }, /it takes 2 inputs \(`picture`, `mask`\), not one picture\.$/],
    [{ dims: ['n', 16, 16, 3] }, /`picture` is \[n, 16, 16, 3\], not three planes .*: its colours come last\.$/],
    [{ dims: ['n', 1, 16, 16] }, /`picture` is \[n, 1, 16, 16\], not three planes/],
    [{ dims: ['n', 3, 16, 24] }, /its pictures are 24 x 16 pixels, not square\.$/],
    [{ dtype: 'float64' }, /its input `picture` is float64, not float32 or float16\.$/],
    [{ picture: true }, /of `planes` \[2, 3, 16, 16\], none is a row of logits for each picture\.$/],
    [{ fixedBatch: true }, /of `scores` \[1, 5\], none is a row of logits for each picture\.$/],
  ]
  it.each(graphs)('%j is refused in one sentence', async (graph, sentence) => {
    const error = await load(tinyClassifier(graph)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toMatch(sentence)
  })

  const tables: [string, FileTable, RegExp][] = [
    ['without preprocessing', { 'preprocessor_config.json': undefined }, /lacks the file preprocessor_config\.json/],
    [
      'without normalisation',
      { 'preprocessor_config.json': { crop_size: 16 } },
      /^The model "tiny" does not say how its pixels are normalised\.$/,
    ],
    [
      'of another size than its preprocessing',
      { 'preprocessor_config.json': { ...TINY_PREPROCESSING, crop_size: 24 } },
      /it takes 16 pixels, its preprocessing gives 24\.$/,
    ],
    [
      'of another size than its squashed pictures',
      { 'preprocessor_config.json': { image_mean: [0, 0, 0], image_std: [1, 1, 1], size: 24 } },
      /it takes 16 pixels, its preprocessing gives 24\.$/,
    ],
    [
      'whose resized picture is smaller than its crop',
      { 'preprocessor_config.json': { ...TINY_PREPROCESSING, size: { shortest_edge: 12 } } },
      /it takes 16 pixels, its preprocessing gives 12\.$/,
    ],
    [
      'of any size with none given',
      { 'model.onnx': tinyGraph({ dims: ['n', 3, 'h', 'w'] }), 'preprocessor_config.json': { do_normalize: false } },
      /takes pictures of any size, and no file says of which\.$/,
    ],
    [
      'with labels of another model',
      { 'labels.txt': new TextEncoder().encode('yes\nno\n') },
      /has 5 outputs, its list of labels 2 names\.$/,
    ],
    [
      'with a resampling that is not known',
      { 'preprocessor_config.json': { ...TINY_PREPROCESSING, resample: 0 } },
      /preprocessor_config\.json has "resample": /,
    ],
  ]
  it.each(tables)('%s is refused in one sentence', async (_, change, sentence) => {
    const error = await load({ ...tinyClassifier(), ...change }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toMatch(sentence)
  })

  it('nor is a CLIP, which stays one', async () => {
    expect((await loadModel(filesOf({ ...tinyClip(1, 3), 'model.onnx': tinyGraph() }))).kind).toBe('clip')
    await expect(loadModel(filesOf({ 'config.json': { model_type: 'bert' } }))).rejects.toThrow(/"model_type"/)
  })

  it('nor damaged bytes', async () => {
    const graph = tinyGraph()
    const cut = { path: 'model.onnx', bytes: graph.subarray(0, 60) }
    await expect(loadImageClassifier(filesOf(tinyClassifier()), cut)).rejects.toThrow(UserError)
  })
})
