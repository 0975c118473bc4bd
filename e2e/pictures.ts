/** Small pictures made on the fly, each another one: noise of its own around a colour of its class. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'

/** PNG of 24 x 24 pixels, told apart by its number. */
export function tinyPng(number: number, hue = 0): Promise<Buffer> {
  let state = (number + 1) * 2654435761
  const data = Buffer.alloc(24 * 24 * 3)
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = (((state >>> 24) >> 1) + (i % 3 === hue % 3 ? 110 : 0)) & 255
  }
  return sharp(data, { raw: { width: 24, height: 24, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer()
}

/** A folder of class folders with `count` pictures each; numbers go on from `from`. Returns paths below `root`. */
export async function folderOf(root: string, classes: readonly string[], count: number, from = 0): Promise<string[]> {
  const paths: string[] = []
  for (const [c, name] of classes.entries()) {
    for (let i = 0; i < count; i++) {
      const path = join(root, name, `${String(i).padStart(4, '0')}.png`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, await tinyPng(from + c * count + i, c))
      paths.push(path)
    }
  }
  return paths
}
