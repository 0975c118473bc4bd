/**
 * Prompts of other people's code (tools/reference/prompt_checkpoints.py makes them as that code does): read to the last bit,
 * composed by our designs as PyTorch composed them, and written back as they were.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAutoVp, frameOfAutoVp, writeAutoVp } from '../../src/formats/prompts/autovp-checkpoint'
import { frameOfEvp, readEvp, writeEvp } from '../../src/formats/prompts/evp-checkpoint'
import { readLorVp, writeLorVp } from '../../src/formats/prompts/lor-vp-checkpoint'
import { readPatch, writePatch } from '../../src/formats/prompts/patch-checkpoint'
import {
  frameOfProgram,
  paddingOfProgram,
  readProgram,
  writeProgram,
} from '../../src/formats/prompts/program-checkpoint'
import { readTorch } from '../../src/formats/torch-zip/read'
import { writeTorch } from '../../src/formats/torch-zip/write'
import type { NamedTensors } from '../../src/methods/method'
import { PUBLISHED_DESIGNS, type DesignSettings } from '../../src/prompts/design-settings'
import { openDesign } from '../../src/prompts/pixel-prompt'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'
import { plain } from './plain'

beforeAll(useTfjsWasm)

interface Numbers {
  readonly dims: number[]
  readonly values: number[]
}
interface Case {
  readonly composed: Numbers
  readonly tensors: Record<string, Numbers>
  readonly outside?: Numbers
}
const FOLDER = 'tests/fixtures/prompts'
const { pictures, cases } = JSON.parse(readFileSync(`${FOLDER}/cases.json`, 'utf8')) as {
  pictures: Numbers
  cases: Record<string, Case>
}
const fixture = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`))
const S = 8
const CLIP = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] }

const arrays = (tensors: NamedTensors) =>
  Object.fromEntries(Object.entries(tensors).map(([key, { dims, data }]) => [key, { dims: [...dims], values: [...data] }])) // prettier-ignore

/** Our composition is theirs: everywhere, or (where they shrink otherwise) outside of the picture. */
function expectComposed(name: string, settings: DesignSettings, tensors: NamedTensors): void {
  const { composed, outside } = cases[name]!
  tf.tidy(() => {
    const design = openDesign({ ...settings, init: { kind: 'file' } }, S, CLIP)
    const prompt = design.init({ normal: () => 0, tensors })
    const x = tf.tensor4d(pictures.values, [2, 3, S, S])
    const ours = design.compose(prompt, x, { strength: 1, place: null }).dataSync<'float32'>()
    let compared = 0
    ours.forEach((value, i) => {
      if (outside && outside.values[i % (S * S)] === 0) return
      compared++
      expect(value).toBeCloseTo(composed.values[i]!, 5)
    })
    expect(compared).toBeGreaterThan(100)
  })
}

describe("patches of the visual prompting paper's code", () => {
  const read = readPatch('patch', fixture('patch.pth.tar'))

  it('are read, and added where they add them', () => {
    expect(read).toMatchObject({ side: 3, epoch: 3, bestAccuracy: 61.5 })
    expect(arrays(read.parameters)).toEqual(cases['patch.pth.tar']!.tensors)
    expectComposed('patch.pth.tar', { ...PUBLISHED_DESIGNS['vp-fixed-patch'], sizeFraction: 3 / S }, read.parameters)
  })

  it('are written as they were', () => {
    const optimiser = { step: 1, slots: { velocity: read.velocity! } }
    const rest = { epoch: 3, bestAccuracy: 61.5, learningRate: 40, momentum: 0.9, optimiser }
    const [theirs, ours] = [fixture('patch.pth.tar'), writePatch(read.parameters, rest)].map((bytes) =>
      plain(readTorch('a', bytes)),
    )
    expect(ours).toEqual(theirs)
  })
})

describe("ILM-VP's additive prompt", () => {
  const name = 'ilm-vp.pth'
  const read = readProgram(name, fixture(name))

  it('is read with its mapping, and is our padding', () => {
    expect(read).toMatchObject({
      imageSize: S,
      start: 2,
      inner: 4,
      epoch: 4,
      bestAccuracy: 0.625,
      mapping: [7, 0, 161],
    })
    expect(arrays({ program: read.program, mask: read.mask })).toEqual(cases[name]!.tensors)
    const { width, parameters } = paddingOfProgram(name, read)
    expect(width).toBe(2)
    expectComposed(name, { ...PUBLISHED_DESIGNS['ilm-vp'], borderFraction: width / S }, parameters)
  })

  it('is written as it was, where it adds anything', () => {
    const { parameters } = paddingOfProgram(name, read)
    const options = { epoch: 4, bestAccuracy: 0.625, learningRate: 40, momentum: 0.9, mapping: read.mapping! }
    const again = readProgram('b', writeProgram({ kind: 'padding', imageSize: S, width: 2, parameters }, options))
    expect(again).toMatchObject({ epoch: 4, bestAccuracy: 0.625, mapping: read.mapping, start: 2, inner: 4 })
    expect(again.mask).toEqual(read.mask)
    again.program.data.forEach((value, i) => expect(value).toBe(read.mask.data[i] === 1 ? read.program.data[i] : 0))
    expect(paddingOfProgram('b', again).parameters).toEqual(parameters)
  })
})

describe("AR's and BLM's framed prompt", () => {
  const name = 'blm-padding.pth'
  const read = readProgram(name, fixture(name))
  const settings = { ...PUBLISHED_DESIGNS.attrvr, innerFraction: 5 / S }

  it('is our frame of sigmoids, also where it is wider on one side', () => {
    expect(read).toMatchObject({ start: 2, inner: 5, mapping: null })
    expect(read.mappingMatrix?.dims).toEqual([6, 2])
    expectComposed(name, settings, frameOfProgram(read))
  })

  it('is written to the last value, also of those that nobody sees', () => {
    const options = { epoch: 1, bestAccuracy: 0.5, learningRate: 40, momentum: 0.9, mapping: [1, 2] }
    const source = { kind: 'frame', imageSize: S, start: 2, inner: 5, parameters: frameOfProgram(read) } as const
    const again = readProgram('b', writeProgram(source, options))
    expect([again.program, again.mask]).toEqual([read.program, read.mask])
  })

  it('is no border of one width', () => {
    expect(() => paddingOfProgram(name, read)).toThrow('not a border of one width')
  })
})

describe("EVP's perturbation", () => {
  const read = readEvp('evp.pth', fixture('evp.pth'))

  it('is our frame before normalisation; its width is seen in its zeros', () => {
    expect(read).toMatchObject({ imageSize: S, inner: 4 })
    expect(arrays({ perturbation: read.perturbation })).toEqual(cases['evp.pth']!.tensors)
    expectComposed('evp.pth', { ...PUBLISHED_DESIGNS.evp, innerFraction: 4 / S }, frameOfEvp(read))
  })

  it('is written as it was', () => {
    expect(plain(readTorch('b', writeEvp(frameOfEvp(read), 4)))).toEqual(plain(readTorch('a', fixture('evp.pth'))))
  })

  it('is written without what lies under the picture, which their code would add', () => {
    const program = { dims: [1, 3, S, S], data: new Float32Array(3 * S * S).fill(1) }
    const again = readEvp('b', writeEvp({ program }, 6))
    expect([again.inner, again.perturbation.data.reduce((a, b) => a + b)]).toEqual([6, 3 * (64 - 36)])
  })
})

describe("AutoVP's delta", () => {
  const read = readAutoVp('autovp.pth', fixture('autovp.pth'))

  it('is our frame of sigmoids on a model that normalises', () => {
    expect(read).toMatchObject({
      ...{ imageSize: S, pretrainedModel: 'resnet18', scale: 1.25, initScale: 1.5 },
      ...{ mappingMethod: 'frequency_based_mapping', outputMapping: [[3, 1], [0, 2]] }, // prettier-ignore
    })
    expect(arrays({ delta: read.delta })).toEqual(cases['autovp.pth']!.tensors)
    expect(read.layers['layers.weight']?.dims).toEqual([2, 6])
    expectComposed('autovp.pth', { ...PUBLISHED_DESIGNS.attrvr, innerFraction: 4 / S }, frameOfAutoVp(read))
  })

  it("is written as it was, but for the optimiser's state", () => {
    const theirs = readTorch('a', fixture('autovp.pth')) as Map<string, never>
    theirs.delete('optimizer_dict')
    expect(plain(readTorch('b', writeAutoVp(read)))).toEqual(plain(theirs))
  })
})

describe("LoR-VP's bars", () => {
  const read = readLorVp('lor-vp.pth', fixture('lor-vp.pth'))

  it('are read off a network, and are our low-rank prompt', () => {
    expect(read).toMatchObject({ imageSize: S, rank: 2 })
    expect(arrays(read.parameters)).toEqual(cases['lor-vp.pth']!.tensors)
    expectComposed('lor-vp.pth', { ...PUBLISHED_DESIGNS['lor-vp'], rank: 2 }, read.parameters)
  })

  it('are written to the last bit', () => {
    expect(readLorVp('b', writeLorVp(read.parameters))).toEqual(read)
  })
})

describe('what is no such prompt', () => {
  const image = (side: number, across: number, value = 1) => ({
    dims: [3, side, across],
    data: new Float32Array(3 * side * across).fill(value),
  })
  it.each([
    ['a patch elsewhere', () => readPatch('x', fixture('evp.pth')), 'it lacks patch'],
    ['a perturbation elsewhere', () => readEvp('x', fixture('lor-vp.pth')), 'it lacks perturbation'],
    ['one that is not square', () => readEvp('x', writeTorch(new Map([['perturbation', image(4, 5)]]))), '[3,4,5], not square'], // prettier-ignore
    ['one of NaN', () => readEvp('x', writeTorch(new Map([['perturbation', image(4, 4, NaN)]]))), 'NaN or infinity'],
    ['a mask of halves', () => readProgram('x', writeTorch(new Map([['program', image(4, 4)], ['mask', image(4, 4, 0.5)]]))), 'not a frame of ones'], // prettier-ignore
    ['bars of two sizes', () => readLorVp('x', writeTorch(new Map([['left_bar', image(4, 2)], ['right_bar', image(3, 4)]]))), 'its bars are'], // prettier-ignore
  ])('%s', (_, read, message) => {
    expect(read).toThrow(message)
  })
})
