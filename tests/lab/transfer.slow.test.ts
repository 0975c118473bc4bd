/** A border on another model of the same input size: the same pixels in that model's units; on one of another size, refused. */
import { expect, it } from 'vitest'
import { writeBorder } from '../../src/formats/border-file'
import { inUnitsOf } from '../../src/lab/begin'
import type { ModelFiles } from '../../src/models/files'
import { PADDING_NAMES, paddingShapes } from '../../src/prompts/padding-shapes'
import { noLocks } from '../../src/records/locks'
import { MemoryRows } from '../../src/records/rows-memory'
import { sampleRecord } from '../records/sample-run'
import { only, openLab, platform, RECIPE } from './tiny-lab'

const STD = [0.26862954, 0.26130258, 0.27577711]
const OTHER_STD = [0.5, 0.25, 0.125]

it('what is added to a pixel is divided by the deviation of its channel', () => {
  const border = { pad_up: { dims: [1, 3, 1, 2], data: Float32Array.of(1, -1, 2, -2, 4, 8) } }
  const there = inUnitsOf(border, [0.5, 0.25, 0.25], [0.25, 0.5, 0.25])
  expect(there).toEqual({ pad_up: { dims: [1, 3, 1, 2], data: Float32Array.of(2, -2, 1, -1, 4, 8) } })
  expect(inUnitsOf(border, [0.5, 0.25, 0.25], [0.5, 0.25, 0.25])).toBe(border)
})

/** The embedded model, as if it had been trained with other deviations. */
const withOtherStd = (files: ModelFiles): ModelFiles => ({
  name: files.name,
  async read(path, onBytes) {
    const bytes = await files.read(path, onBytes)
    if (path !== 'preprocessor_config.json' || !bytes) return bytes
    const said = JSON.parse(new TextDecoder().decode(bytes)) as object
    return new TextEncoder().encode(JSON.stringify({ ...said, image_std: OTHER_STD }))
  },
})

it('measured on another model a border changes the same pixels by as much', async () => {
  const [rows, runLocks] = [new MemoryRows(), noLocks()]
  const { lab, events } = await openLab(10, {
    ...{ ...platform, runRows: async () => rows, runLocks },
    modelFiles: (id) =>
      id.endsWith('#other') ? withOtherStd(platform.modelFiles(id.slice(0, -6))) : platform.modelFiles(id),
  })
  await lab.handle('start', { recipe: { ...RECIPE, steps: 2 }, seed: 3, paused: false })
  await lab.runEnded()
  const { id } = only(events, 'begun')[0]!.record
  await lab.handle('loadModel', { id: 'public/models/stamp#other' })
  const { record } = await lab.handle('transfer', { id })
  await lab.runEnded()
  expect(record).toMatchObject({ kind: 'transfer', origin: id, model: { std: OTHER_STD } })

  const [here, there] = only(events, 'finished').map(({ result }) => result.prompt)
  expect(there!.length).toBe(here!.length)
  const plane = here!.length / 3
  let farthest = 0
  here!.forEach((value, i) => {
    const channel = Math.floor(i / plane)
    farthest = Math.max(farthest, Math.abs(value * STD[channel]! - there![i]! * OTHER_STD[channel]!))
  })
  expect(Math.max(...here!)).toBeGreaterThan(1e-3)
  expect(farthest).toBeLessThan(1e-6)
  await lab.handle('dispose', {})
}, 60_000)

it('a border of another input size is refused', async () => {
  const { lab } = await openLab(10)
  const geometry = { imageSize: 32, width: 2 }
  const shapes = paddingShapes(geometry)
  const parameters = Object.fromEntries(
    PADDING_NAMES.map((name) => {
      const dims = [...shapes[name]]
      return [name, { dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }]
    }),
  )
  const record = sampleRecord('small')
  const file = new Blob([
    writeBorder(parameters, { ...record, model: { ...record.model, imageSize: 32 } }) as Uint8Array<ArrayBuffer>,
  ])
  await expect(lab.handle('importFile', { name: 'small.safetensors', file })).rejects.toThrow(
    'learned for images of 32 pixels, and stamp takes 64',
  )
  await lab.handle('dispose', {})
}, 60_000)
