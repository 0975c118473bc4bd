/** Sentences of errors in Chinese: those that people usually meet are found by their templates, however they are worded today. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeError, unreachable, UserError } from '../../src/errors'
import { loadLanguage } from '../../src/i18n/languages'
import { inWords } from '../../src/i18n/said'
import { createLabClient, type WorkerLike } from '../../src/lab/client'
import { isMissing } from '../../src/lab/begin'
import { TestSplitClosed } from '../../src/lab/holdings'
import { checkArranged } from '../../src/data/arrange-check'
import { NoRoomError } from '../../src/data/intake'
import { HEIC_REMEDY } from '../../src/data/layout'
import { FullError } from '../../src/data/shelf/drawer'
import { Recovery } from '../../src/lab/recovery'
import { deviceError, deviceLost, outOfMemory, type EngineFault } from '../../src/runtime/fault'
import { said } from '../../src/sentence'
import { kindInWords, kindOf } from '../../src/ui/images/leftOutKinds'
import { borders } from '../broken/borders'
import { said as saidOf, type Kinds } from '../broken/kind'
import { projects } from '../broken/projects'
import { sampleRecord } from '../records/sample-run'

beforeEach(() => loadLanguage('zh'))
afterEach(() => loadLanguage('en'))

async function givenUp(fault: EngineFault, rows: number): Promise<unknown> {
  const make = () => Promise.reject(fault)
  const quiet = { free: async () => undefined, onRebuilding: () => undefined, onEnd: () => undefined, waitMs: [0] }
  const recovery = new Recovery({ rows, make, faultOf: async () => fault, abandoned: () => false, ...quiet })
  return recovery.run(async () => undefined).catch((error: unknown) => error)
}

const ONE = 'http://x.example/a.onnx'
it.each<[string, () => unknown]>([
  ['memory', () => outOfMemory('bad_alloc.')],
  ['memory, nothing said', () => outOfMemory('')],
  ['memory of one image', () => givenUp(outOfMemory('no'), 1)],
  ['a device', () => deviceLost('gone.')],
  ['a device, nothing said', () => deviceLost('')],
  ['a device for good', () => givenUp(deviceLost('gone.'), 4)],
  ['an error of WebGPU', () => deviceError('no')],
  ['a server', () => unreachable(ONE, null)],
  ['test images', () => new TestSplitClosed()],
  ['room for pictures', () => new FullError()],
  ['room for many pictures', () => new NoRoomError(1e7, 1e6)],
  ['a model', () => isMissing(sampleRecord('a'), 'model')],
  ['images', () => isMissing(sampleRecord('a'), 'task')],
])('the want of %s is told in Chinese', async (_, make) => {
  const trouble = describeError(await make())
  const { message, remedy } = inWords(structuredClone(trouble))
  // What it was filled in with stays as it is: no words but those.
  const filled = /(bad_alloc|gone|no|x\.example|a\.onnx|Stamp|Counting|MB|WebGPU|WASM|GPU|npm start|backend=wasm|\?)/g
  expect(message.replace(filled, '')).not.toMatch(/[a-z]{2}/i)
  expect(remedy.replace(filled, '')).not.toMatch(/[a-z]{2}/i)
  expect(message).toMatch(/\p{Script=Han}/u)
})

it('everything that can be wrong with an arrangement is told in Chinese', () => {
  const shape = { kind: 'folders', splits: new Uint8Array(), labels: new Int32Array() }
  const classes = (...names: string[]) => names.map((name) => ({ folder: name, name, key: name }))
  const arranged = (given: object) => ({ ...shape, classes: classes('a', 'b'), leaks: [], unlabelled: [], ...given }) as never // prettier-ignore
  const filled = (counts: readonly (readonly number[])[]) => {
    const rows = counts.flatMap((of, split) =>
      of.flatMap((n, c) => Array.from({ length: n }, () => [split, c] as const)),
    )
    return { splits: Uint8Array.from(rows, ([s]) => s), labels: Int32Array.from(rows, ([, c]) => c) }
  }
  const cases = [
    checkArranged(arranged({ classes: [], unlabelled: [1] }), 'x'),
    checkArranged(arranged({ classes: classes('a') }), '{}'),
    checkArranged(arranged({ classes: classes('a b', 'a_b'), ...filled([[1, 5], [1, 0], [0, 5]]) }), '{}'), // prettier-ignore
    checkArranged(arranged({ ...filled([[40, 2], [1, 3], [0, 3]]), leaks: [[1, 2]], unlabelled: [1] }), '{}'), // prettier-ignore
    checkArranged(arranged({ ...filled([[40, 2], [0, 0], [3, 3]]), leaks: [[1], [2]], unlabelled: [1, 2] }), '{}'), // prettier-ignore
    checkArranged(arranged({ ...filled([[1, 9], [0, 9], [0, 9]]) }), '{}'), // prettier-ignore
  ].flatMap(({ problems, warnings }) => [...problems, ...warnings])
  expect(new Set(cases.map(({ kind }) => kind)).size).toBe(8)
  for (const trouble of cases) {
    const { message, remedy } = inWords(trouble)
    for (const text of [message, remedy]) {
      expect(text).toMatch(/\p{Script=Han}/u)
      expect(text.replace(/"?a[ _]b"?|This is a photo of a|\b(val|test)\b/g, '')).not.toMatch(/[a-z]{2}/i)
    }
  }
})

it('a sentence that no table has is said in English, its parts in the language', () => {
  const trouble = describeError(new UserError(said`Of all things: ${deviceLost('').said.message}`, 'Wonder.'))
  expect(inWords(trouble)).toEqual({ message: 'Of all things: 图形设备丢失。', remedy: 'Wonder.' })
  expect(trouble.message).toBe('Of all things: The graphics device was lost.')
})

it('values that look like places are left alone', () => {
  expect(new UserError(said`"${'{1}'}" and ${'b'}`, '{0}')).toMatchObject({ message: '"{1}" and b', remedy: '{0}' })
})

it('comes through the worker’s door', async () => {
  const worker: WorkerLike = { postMessage: () => undefined, terminate: () => undefined, onmessage: null, onerror: null, onmessageerror: null } // prettier-ignore
  const client = createLabClient(worker)
  const refused = client.call('initialise', { backend: 'wasm' }).catch((error: unknown) => error)
  const refusal = { kind: 'refusal', id: 1, ...describeError(outOfMemory('x')) }
  worker.onmessage!({ data: structuredClone(refusal) } as MessageEvent)
  expect(inWords(describeError(await refused)).message).toBe('内存不足：x。')
})

it.each([
  'the same picture as a/1.png',
  'the same picture lies in "a" and in "b"',
  'does not decode: bad header',
  'cannot be read: gone',
  '8 x 3 pixels, too small (under 16)',
  'TIFF images cannot be read here: save them as PNG or JPEG',
  'named in labels.csv, line 3, but not among the pictures',
  'not an image file',
  'empty, or it could not be read',
  HEIC_REMEDY,
])('why a file was not taken is told in Chinese: %s', (reason) => {
  expect(kindInWords(kindOf(reason))).toMatch(/\p{Script=Han}/u)
})

it.each(Object.entries<Kinds>({ projects, borders }))(
  'what is wrong with files brought in is told in Chinese: %s',
  async (_, kinds) => {
    const untold: string[] = []
    for (const kind of Object.values(kinds)) {
      const { message, remedy } = await saidOf(kind)
      for (const text of remedy === null ? [message] : [message, remedy]) {
        // Names of files, of keys within them and of formats stay as they are.
        const words = text.replace(
          /“.*?”|[\w-]+(\.[\w-]+)+|\b(safetensors|visual-prompting|padding|zip|UTF-8|method|NaN|ctx|[a-z]+_\w+)\b/g,
          '',
        )
        if (!/\p{Script=Han}/u.test(words) || /[a-z]{3}/i.test(words)) untold.push(text)
      }
    }
    expect(untold).toEqual([])
  },
)
