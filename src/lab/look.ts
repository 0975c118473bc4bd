/** One picture that belongs to no task, as the model would see it, and its classes bare and bordered. */
import type { Decoder, RgbImage } from '../data/decode'
import { resizeAndCrop } from '../data/resample'
import { describeError, UserError } from '../errors'
import { softmaxRows } from '../evaluation/accuracy'
import type { PixelFormat } from '../learning/batches'
import type { FrozenModel } from '../models/frozen-model'
import type { ResizeRule } from '../models/resize-rule'
import type { Batch } from '../methods/method'
import type { Learner } from '../learning/learner'
import { withPrompt } from './pictures'
import type { Look, LookQuestion, Region } from './protocol-look'
import type { Run } from './run'

/** Pixels uint8 [3,S,S], cut as the images of a task are, and of which part of the picture they are. */
export async function cutPicture(
  picture: Blob | ImageBitmap,
  mirror: boolean,
  { imageSize, resize }: FrozenModel,
  decoder: Decoder,
): Promise<Pick<Look, 'pixels' | 'region'>> {
  const image = picture instanceof Blob ? await decodeFile(picture, decoder) : readFrame(picture)
  const pixels = resizeAndCrop(image, imageSize, resize)
  // Rows of all planes, one after the other, read backwards.
  if (mirror) for (let at = 0; at < pixels.length; at += imageSize) pixels.subarray(at, at + imageSize).reverse()
  return { pixels, region: regionOf(image, imageSize, resize) }
}

function regionOf({ width, height }: Omit<RgbImage, 'data'>, size: number, { fit, side }: ResizeRule): Region {
  const shorter = Math.min(width, height)
  const share = (length: number) => (size / side) * (fit === 'squash' ? 1 : shorter / length)
  const [across, down] = [share(width), share(height)]
  return { left: (1 - across) / 2, top: (1 - down) / 2, width: across, height: down }
}

export async function decodeFile(file: Blob, decoder: Decoder): Promise<RgbImage> {
  try {
    return await decoder.decode(new Uint8Array(await file.arrayBuffer()))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(
      `This picture does not decode: ${describeError(error).message.split('\n')[0]}.`,
      'Take a JPEG, PNG, WebP, GIF, AVIF or BMP.',
      { cause: error },
    )
  }
}

/** A frame of a video; only pages have them. */
function readFrame(frame: ImageBitmap): RgbImage {
  try {
    const { width, height } = frame
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    if (!context) throw new Error('the browser gave no canvas to read a frame from')
    context.drawImage(frame, 0, 0)
    const rgba = context.getImageData(0, 0, width, height).data
    const data = new Uint8Array(3 * width * height)
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      data[to++] = rgba[from]!
      data[to++] = rgba[from + 1]!
      data[to++] = rgba[from + 2]!
    }
    return { width, height, data }
  } finally {
    frame.close()
  }
}

export async function lookAt(
  run: Run,
  { pixels, region }: Pick<Look, 'pixels' | 'region'>,
  { strength, at }: Pick<LookQuestion, 'strength' | 'at'>,
): Promise<Look> {
  const classes = await run.onDevice((learner) => {
    const batch = batchOf(pixels, run.options.format, learner.classifier.batchSize)
    return withPrompt(learner, run, at, (method) => classesOf(learner, method, batch, strength))
  })
  return { pixels, region, ...classes }
}

/** The picture as the only row that counts. */
function batchOf(image: Uint8Array, { mean, std }: PixelFormat, rows: number): Batch {
  const plane = image.length / 3
  const pixels = new Float32Array(rows * image.length)
  for (let c = 0, at = 0; c < 3; c++) {
    for (const end = at + plane; at < end; at++) pixels[at] = (image[at]! / 255 - mean[c]!) / std[c]!
  }
  return { pixels, labels: new Uint16Array(rows), weights: new Float32Array(rows), count: 1 }
}

/** Both in one run of the graph where it has two rows: the first bare, the second with the border. */
async function classesOf(
  learner: Learner,
  method: Learner['method'],
  batch: Batch,
  strength: number,
): Promise<Pick<Look, 'zeroShot' | 'prompted'>> {
  const { classifier, zeroShot } = learner
  const { classes } = classifier.frozen
  if (classifier.batchSize < 2) {
    const [bare, bordered] = [await zeroShot.predict(batch), await method.predict(batch, strength)]
    return { zeroShot: softmaxRows(bare, classes), prompted: softmaxRows(bordered, classes) }
  }
  const length = batch.pixels.length / classifier.batchSize
  const bare = batch.pixels.subarray(0, length)
  const border = await method.border()
  const pixels = batch.pixels.slice()
  for (let i = 0; i < length; i++) pixels[length + i] = bare[i]! + strength * border[i]!
  const both = { ...batch, pixels, count: 2 }
  const asTheyAre = classifier.unprompted(both)
  try {
    const probabilities = softmaxRows(await classifier.logits(asTheyAre, both), classes)
    return { zeroShot: probabilities.slice(0, classes), prompted: probabilities.slice(classes) }
  } finally {
    asTheyAre.dispose()
  }
}
