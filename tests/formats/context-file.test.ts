/** Contexts of CoOp and CoCoOp as their code saves them (tools/reference/context_checkpoints.py): in, out, and in again. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { readContext, writeContextCheckpoint, writeContextSafetensors } from '../../src/formats/prompts/context-file'
import { writeSafetensors } from '../../src/formats/safetensors'
import { readTorch } from '../../src/formats/torch-zip/read'
import { writeTorch } from '../../src/formats/torch-zip/write'
import { writeParameters } from '../../src/learning/parameters'
import type { NamedTensors } from '../../src/methods/method'
import type { LearnedContext } from '../../src/methods/text/learned-context'
import { contextsOf } from '../../src/methods/text/meta-net'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'
import { plain } from './plain'

beforeAll(useTfjsWasm)

const FOLDER = 'tests/fixtures/contexts'
const fixture = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`))
const { cases, picture } = JSON.parse(readFileSync(`${FOLDER}/cases.json`, 'utf8')) as {
  cases: Record<string, Record<string, { dims: number[]; values: number[] }>>
  picture: { image: number[]; contexts: number[] }
}
const arrays = (tensors: NamedTensors) =>
  Object.fromEntries(Object.entries(tensors).map(([key, { dims, data }]) => [key, { dims: [...dims], values: [...data] }])) // prettier-ignore
const FILES = [
  ['coop.pth.tar', 'coop'],
  ['coop-class-specific-half.pth.tar', 'coop'],
  ['cocoop.pth.tar', 'cocoop'],
] as const

describe.each(FILES)('%s', (name, method) => {
  const read = readContext(name, fixture(name))

  it('is read to the last bit, with the scheduler and the optimiser that Dassl leaves in it', () => {
    expect(read).toMatchObject({ kind: 'checkpoint', method, position: null, epoch: 2, validation: 71.5 })
    expect(arrays(read.parameters)).toEqual(cases[name])
  })

  it('is the same after a way through our checkpoint', () => {
    const written = writeContextCheckpoint(read, { epoch: 2, validation: 71.5 })
    expect(readContext('b', written)).toEqual(read)
    const saved = plain(readTorch('b', written))
    expect(saved).toMatchObject({ epoch: 2, val_result: 71.5, optimizer: null, scheduler: null })
  })

  it('is the same after a way through safetensors, which say where the class name stands', () => {
    const again = readContext('b', writeContextSafetensors(read, 'middle', { model: 'stamp' }))
    expect(again).toMatchObject({ kind: 'safetensors', method, position: 'middle', parameters: read.parameters })
    expect(again.says.get('model')).toBe('stamp')
  })
})

it("CoCoOp's meta-net makes of a picture what it makes in PyTorch", () => {
  const { parameters } = readContext('cocoop', fixture('cocoop.pth.tar'))
  tf.tidy(() => {
    const images = tf.tensor2d(picture.image, [2, 32])
    const ours = contextsOf(writeParameters(parameters), images)
    expect(ours.shape).toEqual([2, 4, 8])
    ours.dataSync<'float32'>().forEach((value, i) => expect(value).toBeCloseTo(picture.contexts[i]!, 6))
  })
})

describe('a context', () => {
  const ctx = { dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
  it.each(['', 'module.', 'prompt_learner.'])('is found behind "%s", without a state_dict around it too', (prefix) => {
    expect(readContext('a', writeTorch(new Map([[`${prefix}ctx`, ctx]])))).toMatchObject({ parameters: { ctx } })
  })

  const net = readContext('a', fixture('cocoop.pth.tar')).parameters
  const part = (...keys: string[]) => Object.fromEntries(Object.entries(net).filter(([key]) => !keys.includes(key)))
  it.each([
    ['no ctx', fixture('../prompts/evp.pth'), 'it lacks ctx'],
    ['half a meta-net', writeSafetensors(part('meta_net.linear2.bias')), 'it lacks meta_net.linear2.bias'],
    ['a meta-net of another model', writeSafetensors({ ...net, ctx }), 'its meta_net.linear2.weight is [8,2]'],
    ['a single vector', writeSafetensors({ ctx: { dims: [6], data: ctx.data } }), 'its ctx is [6]'],
    ['a NaN', writeSafetensors({ ctx: { ...ctx, data: ctx.data.map(() => NaN) } }), 'holds NaN or infinity'],
  ])('of %s is refused', (_, bytes, message) => {
    expect(() => readContext('it', bytes)).toThrow(message)
  })

  it('that lacks a part is not written', () => {
    const half: LearnedContext = { method: 'cocoop', parameters: { ctx } }
    expect(() => writeContextSafetensors(half, 'end')).toThrow('meta_net.linear1.weight is missing')
  })
})
