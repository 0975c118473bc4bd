import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { prepareWithoutAlpha } from '../../src/data/drop-alpha'
import { resizeAndCrop } from '../../src/data/resample'
import { clipResize } from '../../src/models/resize-rule'
import { picture } from './pictures'
import { referencePath, withoutReference } from './reference'

describe('prepareWithoutAlpha', () => {
  it('brings up what lies beneath', async () => {
    const beneath = Buffer.from([
      ...[200, 100, 50, 255],
      ...[200, 100, 50, 51],
      ...[200, 100, 50, 0],
      ...[9, 9, 9, 255],
    ])
    const png = await sharp(beneath, { raw: { width: 2, height: 2, channels: 4 } })
      .png()
      .toBuffer()
    const planes = await prepareWithoutAlpha(nodeDecoder, png, 2, clipResize(2))
    // Where nothing is left of a colour it is black, as after Pillow's resize.
    expect([...planes]).toEqual([200, 200, 0, 9, 100, 100, 0, 9, 50, 50, 0, 9])
  })

  it('changes nothing of an opaque picture', async () => {
    const png = await picture(9, 7, [200, 100, 50])
    const usual = resizeAndCrop(await nodeDecoder.decode(png), 4)
    expect(await prepareWithoutAlpha(nodeDecoder, png, 4, clipResize(4))).toEqual(usual)
  })

  it.skipIf(withoutReference(1, "the README's transparent picture"))("gives Pillow's bytes of CLIP.png", async () => {
    const bytes = readFileSync(referencePath('reference/CLIP.png'))
    const planes = await prepareWithoutAlpha(nodeDecoder, bytes, 224, clipResize(224))
    expect(createHash('sha256').update(planes).digest('hex')).toBe(
      '3113a12adee1553acbd5129b0d3daf53892d3179afb75a7fa4a753e98579f857',
    )
  })
})
