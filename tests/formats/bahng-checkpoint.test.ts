/** The authors' checkpoint (tools/reference/torch_checkpoints.py makes it as their code does): there and back, bit for bit. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readBahng, writeBahng } from '../../src/formats/bahng-checkpoint'
import { readTorch } from '../../src/formats/torch-zip/read'
import { writeTorch, type Picklable } from '../../src/formats/torch-zip/write'
import type { NamedTensors } from '../../src/methods/method'
import { PADDING_NAMES, paddingShapes } from '../../src/prompts/padding-shapes'
import { plain } from './plain'

const fixture = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/torch/${name}`))
interface Saved {
  readonly state_dict: Record<string, { dims: number[]; values: number[] }>
  readonly optimizer: { state: Record<string, { momentum_buffer: { dims: number[]; values: number[] } }>; param_groups: Record<string, unknown>[] } // prettier-ignore
}
const values = JSON.parse(readFileSync('tests/fixtures/torch/values.json', 'utf8')) as Record<string, Saved>

const arrays = (tensors: NamedTensors) =>
  Object.fromEntries(Object.entries(tensors).map(([key, { dims, data }]) => [key, { dims, values: [...data] }]))

function border(imageSize: number, width: number, draw: () => number): NamedTensors {
  return Object.fromEntries(
    Object.entries(paddingShapes({ imageSize, width })).map(([key, dims]) => [
      key,
      { dims, data: Float32Array.from({ length: dims[0] * dims[1] * dims[2] * dims[3] }, draw) },
    ]),
  )
}

describe("the authors' checkpoint", () => {
  it.each([
    ['padding.pth.tar', { imageSize: 8, width: 2 }, 7, 61.5],
    ['padding-best-whole.pth.tar', { imageSize: 6, width: 1 }, 1000, 75],
    ['legacy.pth.tar', { imageSize: 8, width: 2 }, 3, 12.5],
  ])('%s is read whole', (name, geometry, epoch, bestAccuracy) => {
    const read = readBahng(name, fixture(name))
    const { state_dict, optimizer } = values[name]!
    expect(read).toMatchObject({ geometry, epoch, bestAccuracy, learningRate: 40 })
    expect(arrays(read.parameters)).toEqual(state_dict)
    const buffers = PADDING_NAMES.map((key, i) => [key, optimizer.state[i]!.momentum_buffer])
    expect(arrays(read.velocity!)).toEqual(Object.fromEntries(buffers))
  })

  it('is written as it was read, to the last key', () => {
    const { parameters, velocity, epoch, bestAccuracy } = readBahng('a', fixture('padding.pth.tar'))
    const optimiser = { step: 2, slots: { velocity: velocity! } }
    const written = writeBahng(parameters, {
      epoch: epoch!,
      bestAccuracy: bestAccuracy!,
      learningRate: 40,
      momentum: 0.9,
      optimiser,
    })
    expect(plain(readTorch('b', written))).toEqual(values['padding.pth.tar'])
  })

  it('keeps every bit of a border of the true size', () => {
    let n = 0
    const parameters = border(224, 30, () => Math.fround(Math.sin(++n) * 10 ** ((n % 60) - 40)))
    const written = writeBahng(parameters, {
      epoch: 1,
      bestAccuracy: 0,
      learningRate: 40,
      momentum: 0.9,
      optimiser: null,
    })
    const read = readBahng('own', written)
    expect(read.geometry).toEqual({ imageSize: 224, width: 30 })
    expect(read.velocity).toBeNull()
    expect(Object.values(read.parameters).reduce((sum, { data }) => sum + data.length, 0)).toBe(69_840)
    for (const key of PADDING_NAMES) {
      expect(Buffer.from(read.parameters[key]!.data.buffer).equals(Buffer.from(parameters[key]!.data.buffer))).toBe(
        true,
      )
    }
  })

  it('writes what Python has as a float as a float, whole or not', () => {
    const rest = { epoch: 75, learningRate: 40, momentum: 0, optimiser: null }
    const written = writeBahng(
      border(8, 2, () => 0),
      { ...rest, bestAccuracy: 75 },
    )
    // In the pickle: the key's text, then BINFLOAT and 75.0, big-endian. The zip stores it as it is.
    const text = Buffer.from(written).toString('latin1')
    for (const [key, bits] of [
      ['best_acc1', '4052c00000000000'],
      ['lr', '4044000000000000'],
      ['momentum', '0000000000000000'],
    ] as const) {
      expect(text).toContain(`${key}G${Buffer.from(bits, 'hex').toString('latin1')}`)
    }
    expect(text).toContain('epochJ\u004b\u0000\u0000\u0000')
  })

  it('may be the state_dict alone, or one of DataParallel', () => {
    const parameters = border(8, 1, () => 2)
    const entries = Object.entries(parameters)
    expect(readBahng('a', writeTorch(new Map<string, Picklable>(entries))).parameters).toEqual(parameters)
    const wrapped = entries.map(([key, tensor]): [string, Picklable] => [`module.${key}`, tensor])
    const read = readBahng('a', writeTorch(new Map([['state_dict', new Map(wrapped)]])))
    expect(read).toMatchObject({ parameters, epoch: null, bestAccuracy: null, learningRate: null })
  })
})
