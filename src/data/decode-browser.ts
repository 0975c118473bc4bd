/** Image decoding in a page or a worker, by the browser itself; small plain PNGs here (`png-plain.ts`). */
import { MAX_PIXELS, type Background, type Decoder, type RgbImage } from './decode'
import { readPlainPng } from './png-plain'

/** One canvas serves all images, which are decoded one after the other. */
let canvas: OffscreenCanvas | null = null

export const browserDecoder: Decoder = {
  extensions: new Set(['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'bmp', 'avif']),
  async decode(bytes, background = 'white') {
    const plain = await readPlainPng(bytes)
    if (plain) return plain
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>])
    const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image', colorSpaceConversion: 'none' })
    try {
      return read(bitmap, background)
    } finally {
      bitmap.close()
    }
  },
}

function read(bitmap: ImageBitmap, background: Background): RgbImage {
  const { width, height } = bitmap
  if (width * height > MAX_PIXELS) throw new Error(`${width} x ${height} pixels are too many`)
  canvas ??= new OffscreenCanvas(width, height)
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('the browser gave no canvas to decode on')
  context.fillStyle = background
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  return { width, height, data: withoutAlpha(context.getImageData(0, 0, width, height).data) }
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!
    rgb[to + 1] = rgba[from + 1]!
    rgb[to + 2] = rgba[from + 2]!
  }
  return rgb
}
