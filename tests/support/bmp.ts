/** Reads the plainest of BMP files (24 bits, uncompressed), which browsers decode and sharp does not. */
import type { RgbImage } from '../../src/data/decode'

export function readBmp(bytes: Uint8Array): RgbImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [start, width, signedHeight] = [10, 18, 22].map((at) => view.getInt32(at, true)) as [number, number, number]
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)]
  if (view.getUint16(0, true) !== 0x4d42 || bits !== 24 || compression !== 0) {
    throw new Error(`a BMP of ${bits} bits, compression ${compression}`)
  }
  const height = Math.abs(signedHeight)
  const stride = Math.ceil((3 * width) / 4) * 4
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    // Rows go upwards unless the height is negative.
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y)
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = bytes[row + 3 * x + 2 - c]!
    }
  }
  return { width, height, data }
}
