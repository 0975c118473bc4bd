/** The demo's pictures: the border enlarged, and examples before and after it. Plain RGB(A) rasters, written by sharp. */
import sharp from 'sharp'

export interface Look {
  /** S */
  readonly imageSize: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

export interface Example {
  /** uint8 [3,S,S] */
  readonly pixels: Uint8Array
  readonly rightBefore: boolean
  readonly rightAfter: boolean
}

type Colour = readonly [number, number, number]
const PAPER: Colour = [255, 255, 255]
const RIGHT: Colour = [46, 139, 87]
const WRONG: Colour = [200, 60, 50]

const clip = (value: number) => Math.min(255, Math.max(0, Math.round(value)))

/** Normalised border [3,S,S] laid over an image uint8 [3,S,S], as shown (clipped to what a screen can show). */
export function overlay(pixels: Uint8Array, border: Float32Array, { imageSize, std }: Look): Uint8Array {
  const plane = imageSize * imageSize
  return Uint8Array.from(pixels, (value, i) => clip(value + 255 * border[i]! * std[Math.floor(i / plane)]!))
}

/** The border over middle grey, its opening transparent. */
export async function drawPrompt(border: Float32Array, width: number, look: Look, file: string): Promise<void> {
  const { imageSize: S } = look
  const grey = overlay(new Uint8Array(3 * S * S).fill(128), border, look)
  const scale = Math.max(1, Math.round(512 / S))
  const rgba = new Uint8Array(4 * S * S)
  for (let y = 0; y < S; y++)
    for (let x = 0; x < S; x++) {
      const at = y * S + x
      const inside = Math.min(x, y, S - 1 - x, S - 1 - y) >= width
      for (let c = 0; c < 3; c++) rgba[4 * at + c] = grey[c * S * S + at]!
      rgba[4 * at + 3] = inside ? 0 : 255
    }
  await sharp(rgba, { raw: { width: S, height: S, channels: 4 } })
    .resize(S * scale, S * scale, { kernel: 'nearest' })
    .png()
    .toFile(file)
}

/** A column for each example: above as it is, below with the border; rims green where the answer is right, red where wrong. */
export async function drawExamples(
  examples: readonly Example[],
  border: Float32Array,
  look: Look,
  file: string,
): Promise<void> {
  const { imageSize: S } = look
  const scale = Math.max(1, Math.round(128 / S))
  const [rim, gap] = [4, 8]
  const cell = S * scale + 2 * rim
  const width = gap + examples.length * (cell + gap)
  const height = gap + 2 * (cell + gap)
  const raster = new Uint8Array(3 * width * height)
  for (let i = 0; i < raster.length; i++) raster[i] = PAPER[i % 3]!

  const fill = (left: number, top: number, side: number, colourAt: (x: number, y: number) => Colour) => {
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) raster.set(colourAt(x, y), 3 * ((top + y) * width + left + x))
  }
  const place = (pixels: Uint8Array, column: number, row: number, right: boolean) => {
    const [left, top] = [gap + column * (cell + gap), gap + row * (cell + gap)]
    fill(left, top, cell, () => (right ? RIGHT : WRONG))
    fill(left + rim, top + rim, S * scale, (x, y) => {
      const at = Math.floor(y / scale) * S + Math.floor(x / scale)
      return [pixels[at]!, pixels[S * S + at]!, pixels[2 * S * S + at]!]
    })
  }
  examples.forEach(({ pixels, rightBefore, rightAfter }, column) => {
    place(pixels, column, 0, rightBefore)
    place(overlay(pixels, border, look), column, 1, rightAfter)
  })
  await sharp(raster, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file)
}
