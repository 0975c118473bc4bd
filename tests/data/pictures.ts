/** Small image sources made on the fly: plain-coloured pictures in any format that sharp writes. */
import sharp from 'sharp'
import type { Decoder } from '../../src/data/decode'
import type { Source } from '../../src/data/source'

export type Colour = readonly [number, number, number]

export function picture(
  width: number,
  height: number,
  [r, g, b]: Colour,
  format: 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' = 'png',
) {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .toFormat(format, { lossless: true })
    .toBuffer()
}

const text = (content: string) => new TextEncoder().encode(content)

/** A source of the given paths; a path ending in "/" is a folder. Each file holds its own path as text. */
export function sourceOf(paths: readonly string[], name = 'mine'): Source {
  return {
    name,
    files: paths.filter((path) => !path.endsWith('/')).map((path) => ({ path, bytes: async () => text(path) })),
    folders: paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1)),
  }
}

/** Takes any file but those whose text says "broken"; its one colour is made of the text. */
export const textDecoder: Decoder = {
  extensions: new Set(['png', 'jpg']),
  async decode(bytes) {
    if (new TextDecoder().decode(bytes).includes('broken')) throw new Error('not an image')
    const colour = [0, 0, 0]
    bytes.forEach((byte, i) => (colour[i % 3] = (colour[i % 3]! * 31 + byte) & 255))
    return { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => colour[i % 3]!) }
  },
}

/** `count` paths in a folder. */
export function paths(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(3, '0')}.png`)
}
