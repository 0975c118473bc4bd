/**
 * Three classifiers with published weights on real pictures: the right answers, with the probabilities that ONNX Runtime
 * gave for Pillow's preprocessing, and input gradients as tfjs finds them under its own tape.
 */
import '@tensorflow/tfjs-backend-cpu'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { resizeAndCrop } from '../../src/data/resample'
import { zipSource } from '../../src/data/source-zip'
import { argmaxRows, softmaxRows } from '../../src/evaluation/accuracy'
import { Classifier, mappedClassifier } from '../../src/methods/classifier'
import { firstOutputs } from '../../src/methods/label-mapping'
import { readFrozen } from '../../src/models/frozen-graph'
import { loadModel } from '../../src/models/frozen-model'
import type { ImageClassifier } from '../../src/models/image-classifier'
import { specialise } from '../../src/onnx/specialise'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { referencePath, withoutReference } from '../data/reference'
import { readBmp } from '../support/bmp'
import { uniformSource } from '../support/random'
import { REFERENCE_CLASSIFIERS, referenceFiles } from '../support/reference-classifiers'
import { tfjsEncoder } from '../support/tfjs-executor'
import { relativeDistance } from '../support/training-case'

/** The reference probabilities are of whole pictures, bent to the square by Pillow's bilinear filter. */
const SQUASHED = { size: { height: 224, width: 224 }, crop_size: undefined, resample: 2 }
const PICTURES = ['cat.bmp', 'bird.bmp', 'sunflower.bmp', 'parrot.jpg', 'hot_dog.jpg']
const IMAGENET = ['mobilenet-v2', 'squeezenet-1.1']
const CIFAR_EACH = 30
/** All three end in a global average and take any size; tfjs on its JavaScript backend takes its time. */
const ORACLE_SIDE = 96

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

async function open(id: string, changes = {}): Promise<ImageClassifier> {
  const model = await loadModel(referenceFiles(id, changes))
  if (model.kind !== 'classifier') throw new Error(`${id} is a CLIP`)
  return model
}

/** Files of a zip of the reference folder. */
async function unzip(path: string, wanted: (name: string) => boolean): Promise<{ path: string; bytes: Uint8Array }[]> {
  const source = await zipSource(basename(path), readFileSync(referencePath(path)))
  const files = source.files.filter((file) => wanted(file.path))
  return Promise.all(files.map(async (file) => ({ path: file.path, bytes: await file.bytes() })))
}

/** Normalised pixels [3,S,S] of an image file, as the model wants them. */
async function prepare(
  { path, bytes }: { path: string; bytes: Uint8Array },
  model: ImageClassifier,
): Promise<Float32Array> {
  const image = path.endsWith('.bmp') ? readBmp(bytes) : await nodeDecoder.decode(bytes)
  const { imageSize: S, resize, mean, std } = model
  return Float32Array.from(resizeAndCrop(image, S, resize), (value, i) => {
    const c = Math.floor(i / S ** 2)
    return (value / 255 - mean[c]!) / std[c]!
  })
}

/** Logits of all of the model's own outputs, [N,K]. */
async function logitsOf(model: ImageClassifier, images: readonly Float32Array[]): Promise<Float32Array> {
  const all = mappedClassifier(model, firstOutputs(model.outputs, model.outputs))
  const B = images.length
  const classifier = await Classifier.open(engine, all, B)
  const pixels = Float32Array.from(images.flatMap((image) => [...image]))
  const batch = { pixels, labels: new Uint16Array(B), weights: new Float32Array(B), count: B }
  const bare = classifier.unprompted(batch)
  try {
    return await classifier.logits(bare, batch)
  } finally {
    bare.dispose()
    await classifier.dispose()
  }
}

type Expected = Readonly<Record<string, Readonly<Record<string, readonly (readonly [string, number])[]>>>>

describe.skipIf(withoutReference(6, 'classifiers with published weights on real pictures'))('published weights', () => {
  it.each(IMAGENET)('%s says of real pictures what it said of them elsewhere', async (id) => {
    const model = await open(id, SQUASHED)
    expect(model.resize).toEqual({ fit: 'squash', side: 224, filter: 'bilinear' })
    const { file } = REFERENCE_CLASSIFIERS.find((one) => one.id === id)!
    const json = readFileSync(
      referencePath('reference/imagenet_models_on_coral_samples_pil_bilinear_squash.json'),
      'utf8',
    )
    const expected = (JSON.parse(json) as Expected)[basename(file, '.onnx')]!
    const files = await unzip('images/coral_samples.zip', (path) => PICTURES.includes(path))
    expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(expected).sort())

    const images = await Promise.all(files.map((one) => prepare(one, model)))
    const probabilities = softmaxRows(await logitsOf(model, images), model.outputs)
    files.forEach(({ path }, row) => {
      const ours = probabilities.subarray(row * model.outputs, (row + 1) * model.outputs)
      const [first] = expected[path]!
      expect(model.labels[ours.indexOf(Math.max(...ours))], path).toBe(first![0])
      for (const [label, probability] of expected[path]!) {
        // They are written with three digits; sharp's JPEG decoder rounds otherwise than Pillow's.
        expect(Math.abs(ours[model.labels.indexOf(label)]! - probability), `${path} ${label}`).toBeLessThan(
          path.endsWith('.bmp') ? 6e-4 : 5e-3,
        )
      }
    })
  })

  it('resnet20-cifar10 names most of 300 pictures of CIFAR-10', async () => {
    const model = await open('resnet20-cifar10')
    const early = (path: string) => Number(/(\d+)\.\w+$/.exec(path)?.[1]) < CIFAR_EACH
    const files = await unzip('images/cifar10_train_1000perclass.zip', early)
    expect(files).toHaveLength(10 * CIFAR_EACH)
    const images = await Promise.all(files.map((one) => prepare(one, model)))
    const answers = argmaxRows(await logitsOf(model, images), model.outputs)
    const right = files.filter(({ path }, i) => model.labels[answers[i]!] === path.split('/')[0]).length
    // 91.8 % of lossless test pictures, say its authors; of these, saved as JPEG, 86.3 %, and 81 % of such test pictures.
    expect(right / files.length).toBeGreaterThan(0.8)
  })

  it.each(REFERENCE_CLASSIFIERS.map(({ id }) => id))(
    '%s has the input gradient that tfjs finds',
    async (id) => {
      const whole = await open(id)
      const S = Math.min(whole.imageSize, ORACLE_SIDE)
      const model = { ...whole, imageSize: S, resize: { fit: 'squash', side: S, filter: 'bilinear' } } as const
      const [C, label] = [10, 0]
      const [picture] = await unzip('images/coral_samples.zip', (path) => path === 'cat.bmp')
      // Less than a step of 1/255: flat areas would make ties in MaxPool, where every share is a gradient.
      const next = uniformSource(1)
      const pixels = (await prepare(picture!, model)).map((value) => value + 0.005 * next())
      const mapping = firstOutputs(model.outputs, C)

      const classifier = await Classifier.open(engine, mappedClassifier(model, mapping), 1, 'pixels')
      const batch = { pixels, labels: Uint16Array.of(label), weights: Float32Array.of(1), count: 1 }
      const input = tf.tensor4d(pixels, [1, 3, S, S])
      const keep = (dInput: tf.Tensor4D) => ({ dInput: tf.mul(dInput, 1) })
      const { loss, gradient } = await classifier.lossAndGradient(input, batch, keep)
      const ours = { loss: (await loss.data())[0]!, gradient: await gradient['dInput']!.data<'float32'>() }
      tf.dispose([input, loss, { ...gradient }])
      await classifier.dispose()

      const before = tf.getBackend()
      await tf.setBackend('cpu')
      const graph = specialise(await readFrozen(model.vision), { [model.input]: [1, 3, S, S] }, [model.output])
      const encoder = tfjsEncoder(graph, model.output)
      const theirs = tf.tidy(() => {
        const feeds = { [model.input]: tf.tensor4d(pixels, [1, 3, S, S]) }
        const crossEntropy = (logits: tf.Tensor) =>
          tf.neg(tf.slice(tf.logSoftmax(tf.slice(logits, [0, 0], [1, C])), [0, label], [1, 1])).asScalar() as tf.Scalar
        const { value, gradient: dPixels } = encoder.gradient(feeds, model.input, crossEntropy)
        return { loss: value.dataSync()[0]!, gradient: dPixels.dataSync() as Float32Array }
      })
      encoder.dispose()
      await tf.setBackend(before)

      expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-4 * (1 + theirs.loss))
      expect(relativeDistance(ours.gradient, theirs.gradient)).toBeLessThan(1e-5)
    },
    120_000,
  )
})
