/** Image decoding on Node, by sharp (libvips). BMP is not among its formats. */
import sharp from 'sharp'
import { MAX_PIXELS, type Decoder } from './decode'

export const nodeDecoder: Decoder = {
  extensions: new Set(['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'avif']),
  async decode(bytes) {
    const { data, info } = await sharp(bytes, {
      pages: 1,
      limitInputPixels: MAX_PIXELS,
      failOn: 'error',
      ignoreIcc: true,
    })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) throw new Error(`${info.channels} channels where RGB was expected`)
    return { width: info.width, height: info.height, data }
  },
}
