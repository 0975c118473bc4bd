/** The plainest of BMP files (24 bits, uncompressed), which browsers decode and sharp does not. */
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

/** Rows upwards, each padded to a multiple of four bytes. */
export function writeBmp({ width, height, data }: RgbImage): Uint8Array {
  const [start, stride] = [54, Math.ceil((3 * width) / 4) * 4]
  const bytes = new Uint8Array(start + stride * height)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x4d42, true)
  for (const [at, value] of [
    [2, bytes.length],
    [10, start],
    [14, 40],
    [18, width],
    [22, height],
    [34, stride * height],
  ] as const) {
    view.setUint32(at, value, true)
  }
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let y = 0; y < height; y++) {
    const row = start + stride * (height - 1 - y)
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) bytes[row + 3 * x + 2 - c] = data[3 * (y * width + x) + c]!
    }
  }
  return bytes
}
