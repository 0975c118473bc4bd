/** The border as pictures, which sharp reads back, and as exact files, there and back bit for bit. */
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { imageOf, paddingOf, readBorder, writeBorder } from '../../src/formats/border-file'
import { borderPng, type BorderLook } from '../../src/formats/border-png'
import { aRecord, borderParameters, GEOMETRY } from './a-run'

const { mean, std } = aRecord().model
const parameters = borderParameters((i) => Math.fround(2 * Math.sin(3 * i)))
const image = imageOf(parameters, GEOMETRY)
const border = { pixels: image, ...GEOMETRY, mean, std }
const S = GEOMETRY.imageSize

/** RGBA of every pixel, as another program reads it. */
async function decode(png: Uint8Array, bits: 8 | 16 = 8) {
  const picture = sharp(png).ensureAlpha()
  const raw = await (bits === 16 ? picture.toColourspace('rgb16') : picture)
    .raw({ depth: bits === 16 ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { buffer, byteOffset, byteLength } = raw.data
  const values = bits === 16 ? new Uint16Array(buffer.slice(byteOffset, byteOffset + byteLength)) : raw.data
  return { side: raw.info.width, values }
}

/** Text of a chunk, by keyword. */
function textOf(png: Uint8Array, keyword: string): string {
  const view = new DataView(png.buffer, png.byteOffset)
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const data = png.subarray(at + 8, at + 8 + view.getUint32(at))
    const text = Buffer.from(data).toString('latin1')
    const isText = Buffer.from(png.subarray(at + 4, at + 8)).toString() === 'tEXt'
    if (isText && text.startsWith(`${keyword}\0`)) return text.slice(keyword.length + 1)
  }
  throw new Error(`no ${keyword}`)
}

describe('a picture of the border', () => {
  it('as it is, is what the model sees around the mean colour', async () => {
    const { values } = await decode(borderPng(border, { look: 'as-is' }))
    for (let i = 0; i < S * S; i++) {
      const [x, y] = [i % S, Math.floor(i / S)]
      const inside = Math.min(x, y, S - 1 - x, S - 1 - y) >= 2
      expect(values[4 * i + 3]).toBe(inside ? 0 : 255)
      for (let c = 0; c < 3 && !inside; c++) {
        const wanted = Math.min(1, Math.max(0, image[c * S * S + i]! * std[c]! + mean[c]!)) * 255
        expect(Math.abs(values[4 * i + c]! - wanted)).toBeLessThanOrEqual(0.5001)
      }
    }
  })

  it('signed, is violet below zero and orange above', async () => {
    const [below, above] = [-1, 1].map((sign) =>
      imageOf(
        borderParameters(() => sign),
        GEOMETRY,
      ),
    )
    const corner = async (pixels: Float32Array) => [
      ...(await decode(borderPng({ ...border, pixels }, { look: 'signed' }))).values.slice(0, 4),
    ]
    expect(await corner(below!)).toEqual([45, 0, 75, 255])
    expect(await corner(above!)).toEqual([127, 59, 8, 255])
    expect(await corner(new Float32Array(3 * S * S))).toEqual([247, 245, 240, 255])
  })

  it('in 16 bits, reads back by the formula in the file', async () => {
    const png = borderPng(border, { look: 'linear' })
    const { range } = JSON.parse(textOf(png, 'Mapping')) as { range: [number, number] }
    const { values } = await decode(png, 16)
    const step = (range[1] - range[0]) / 65535
    let worst = 0
    for (let i = 0; i < S * S; i++) {
      if (values[4 * i + 3] === 0) continue
      for (let c = 0; c < 3; c++) {
        worst = Math.max(worst, Math.abs(range[0] + values[4 * i + c]! * step - image[c * S * S + i]!))
      }
    }
    expect(worst).toBeLessThanOrEqual(step / 2 + 1e-9)
    expect(worst).toBeGreaterThan(0)
  })

  it.each<BorderLook>(['as-is', 'signed', 'linear'])('%s, says its mapping and can be enlarged', async (look) => {
    const png = borderPng(border, { look, enlarge: 3, texts: { Title: 'Blümchen 花' } })
    const mapping = JSON.parse(textOf(png, 'Mapping')) as Record<string, unknown>
    expect(mapping).toMatchObject({ look, mean, std, imageSize: 8, borderWidth: 2 })
    expect(textOf(png, 'Title')).toBe('Blümchen \\u82b1')
    expect((await decode(png)).side).toBe(24)
  })

  it('of nothing learned yet is one', async () => {
    const blank = { ...border, pixels: new Float32Array(3 * S * S) }
    for (const look of ['as-is', 'signed', 'linear'] as const) {
      expect((await decode(borderPng(blank, { look }))).side).toBe(8)
    }
  })
})

describe('an exact border', () => {
  it('comes back bit for bit, with what it was learned on', () => {
    const read = readBorder('own', writeBorder(parameters, aRecord()))
    expect(read).toMatchObject({ kind: 'safetensors', geometry: GEOMETRY })
    expect(read.parameters).toEqual(parameters)
    expect(read.says.get('modelSha256')).toBe('ab'.repeat(32))
    expect(read.says.get('template')).toBe('This is a photo of a {}')
  })

  it("may be the authors' checkpoint", () => {
    const read = readBorder('theirs', new Uint8Array(readFileSync('tests/fixtures/torch/padding.pth.tar')))
    expect(read).toMatchObject({ kind: 'checkpoint', geometry: GEOMETRY })
    expect(Object.fromEntries(read.says)).toEqual({ epoch: '7', best_acc1: '61.5' })
  })

  it('is the same as an image and as four tensors', () => {
    expect(paddingOf(image, GEOMETRY)).toEqual(parameters)
    const odd = { imageSize: 7, width: 3 }
    const other = borderParameters((i) => i, odd)
    expect(paddingOf(imageOf(other, odd), odd)).toEqual(other)
  })
})
