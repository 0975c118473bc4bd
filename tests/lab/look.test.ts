/** Any picture: cut as a task's pictures are, and answered as they are, bare and bordered, while a run is on or over. */
import { expect, it } from 'vitest'
import { openLab, RECIPE } from './tiny-lab'

const file = (r: number, g: number, b: number) => new Blob([Uint8Array.of(r, g, b)])

it('answers of a picture of the task what it answers of the picture in the task', async () => {
  const { lab } = await openLab()
  await expect(lab.handle('look', { picture: file(1, 2, 3), mirror: false, strength: 1 })).rejects.toThrow(
    'Nothing has been learned yet.',
  )
  await lab.handle('start', { recipe: { ...RECIPE, init: 'normal' }, seed: 1, paused: true })
  await lab.handle('step', {})
  const [picture] = await lab.handle('pictures', { split: 'val', indices: [0] })
  // Plain colours: the first pixel is the file.
  const plane = picture!.pixels.length / 3
  const [r, g, b] = [0, 1, 2].map((c) => picture!.pixels[c * plane]!) as [number, number, number]
  for (const at of [undefined, 0]) {
    const asked = { strength: 0.7, ...(at === undefined ? {} : { at }) }
    const look = await lab.handle('look', { picture: file(r, g, b), mirror: true, ...asked })
    const [known] = await lab.handle('predict', { split: 'val', indices: [0], ...asked })
    expect(look.pixels).toEqual(picture!.pixels)
    known!.zeroShot.forEach((p, c) => expect(look.zeroShot[c]).toBeCloseTo(p, 5))
    known!.prompted.forEach((p, c) => expect(look.prompted[c]).toBeCloseTo(p, 5))
    expect(look.prompted).not.toEqual(look.zeroShot)
  }
  await lab.handle('dispose', {})
})

it('refuses what does not decode, with what to do', async () => {
  const { lab } = await openLab()
  await lab.handle('start', { recipe: RECIPE, seed: 1, paused: true })
  await expect(lab.handle('look', { picture: new Blob(['no']), mirror: false, strength: 1 })).rejects.toMatchObject({
    name: 'UserError',
    message: 'This picture does not decode: not three bytes.',
  })
  await lab.handle('dispose', {})
})
