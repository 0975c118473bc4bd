/**
 * Image decoding on Node, by sharp (libvips), which is told to do what browsers do: docs/decisions/decoding.md. BMP is
 * not among its formats.
 */
import sharp from 'sharp'
import { MAX_PIXELS, type Background, type Decoder } from './decode'

export const nodeDecoder: Decoder = {
  extensions: new Set(['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'avif']),
  async decode(bytes, background = 'white') {
    const image = sharp(bytes, { pages: 1, limitInputPixels: MAX_PIXELS, failOn: 'error', ignoreIcc: true })
    const { format, space } = await image.metadata()
    // Chromium turns JPEG and PNG as their EXIF says, and nothing else.
    if (format === 'jpeg' || format === 'png') image.autoOrient()
    const wanted = space === 'cmyk' ? 'cmyk' : 'srgb'
    const { data, info } = await image
      .pipelineColourspace(wanted)
      .toColourspace(wanted)
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    if (wanted === 'cmyk') return { width, height, data: fromCmyk(data, channels) }
    return { width, height, data: channels === 4 ? laidOver(background, data) : requireRgb(data, channels) }
  },
}

// The two sums below round as Chromium does, byte for byte: a picture is the same task on a page and here.

/** Ink to light without a colour profile, R = (255-C)(255-K)/255, as browsers and Pillow do; libvips would assume a press. */
function fromCmyk(cmyk: Uint8Array, channels: number): Uint8Array {
  if (channels !== 4) throw new Error(`${channels} channels where CMYK was expected`)
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const black = 255 - cmyk[from + 3]!
    for (let c = 0; c < 3; c++) rgb[to++] = Math.floor(((255 - cmyk[from + c]!) * black) / 255)
  }
  return rgb
}

/** Transparency over a colour b: c a + b (1 - a), with a in [0, 1]. */
function laidOver(background: Background, rgba: Uint8Array): Uint8Array {
  const light = background === 'white' ? 1 : 0
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const alpha = rgba[from + 3]!
    for (let c = 0; c < 3; c++) rgb[to++] = Math.round((rgba[from + c]! * alpha) / 255) + light * (255 - alpha)
  }
  return rgb
}

function requireRgb(rgb: Uint8Array, channels: number): Uint8Array {
  if (channels !== 3) throw new Error(`${channels} channels where RGB was expected`)
  return rgb
}
