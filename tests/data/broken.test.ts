/** Albums of broken pictures only, and names of every kind. Each kind of broken picture and zip: tests/broken. */
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { takeIn } from '../../src/data/intake'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { Shelf } from '../../src/data/shelf/shelf'
import type { Source } from '../../src/data/source'
import { zipSource } from '../../src/data/source-zip'
import { clipResize } from '../../src/models/resize-rule'
import { picture } from './pictures'

const text = (content: string) => new TextEncoder().encode(content)
describe('an album', () => {
  const open = async (files: Readonly<Record<string, Uint8Array>>) => {
    const source: Source = {
      name: 'mine',
      folders: [],
      files: Object.entries(files).map(([path, bytes]) => ({ path, size: bytes.length, bytes: async () => bytes })),
    }
    const cut = { size: 16, resize: clipResize(16) }
    return takeIn(source, { decoder: nodeDecoder, cut, shelf: new Shelf(new MemoryDrawer()) })
  }
  it('all of them: one sentence with an example', async () => {
    await expect(open({ 'a/1.png': text('no'), 'b/2.png': text('picture') })).rejects.toThrow(
      /^None of the 2 pictures in "mine" can be read \(e\.g\. "[ab]\/\d\.png": does not decode: /,
    )
  })

  it('names of every kind stay what they are', async () => {
    const names = [
      'é',
      'e\u0301',
      '猫',
      '🐈‍⬛',
      'a b',
      'a%20b',
      '#?&',
      "o'clock",
      '__proto__',
      'constructor',
      'toString',
      'CON',
    ]
    const files: Record<string, Uint8Array> = {}
    for (const [i, name] of names.entries()) files[`${name}/${i}.png`] = await picture(20, 20, [i * 9, 250 - i, i])
    const { album } = await open(files)
    expect(new Set(album.folders)).toEqual(new Set(names))
    const zipped = await zipSource('z.zip', zipSync(files))
    expect(new Set(zipped.files.map(({ path }) => path))).toEqual(new Set(Object.keys(files)))
  })
})
