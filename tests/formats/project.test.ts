/** Projects: there and back without loss; older, newer, damaged and hostile ones are read as far as they can be, or refused. */
import { strToU8, unzipSync, zipSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/formats/project/manifest'
import type { Project, ProjectData } from '../../src/formats/project/project'
import { readProject } from '../../src/formats/project/read'
import { writeProject } from '../../src/formats/project/write'
import { memorySet } from '../../src/data/memory-set'
import { SPLITS } from '../../src/data/task'
import { sha256 } from '../../src/models/sha256'
import { UserError } from '../../src/errors'
import { refusal } from '../support/refusal'
import { CENTRAL, patch } from './assembler'
import { aRecord, aRun } from './a-run'

const IMAGE_BYTES = 3 * 8 * 8

async function someData(): Promise<ProjectData> {
  const set = async (split: string) => {
    const count = split === 'train' ? 7 : 4
    const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 7 + split.length) & 255)
    const labels = Uint16Array.from({ length: count }, (_, i) => i % 3)
    const paths = Array.from(labels, (label, i) => `class${label}/${split}${i}.png`)
    const images = paths.map((_, i) => pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES))
    return memorySet(pixels, labels, paths, await Promise.all(images.map((image) => sha256(image))))
  }
  const [train, val, test] = await Promise.all(SPLITS.map(set))
  const pixels = { train: train!, val: val!, test: test! }
  const reference = ({ digests, labels, paths }: typeof pixels.train) => ({ digests, labels, paths })
  return {
    task: aRecord().task,
    arrangement: {
      classes: [{ key: 'one', name: 'a thing', folders: ['one'], included: true }],
      template: 'art of {}',
      labels: {},
      without: [],
      split: { from: 'given', seed: 3, val: 0.2, test: 0.2, shots: null, together: false },
    },
    splits: { train: reference(pixels.train), val: reference(pixels.val), test: reference(pixels.test) },
    pixels,
  }
}

const data = await someData()
const curves = aRun().parts.curves!
const odd = { ...curves, steps: { ...curves.steps, loss: Float64Array.of(NaN, Infinity, -Infinity, 1 / 3, 1e-300, 0) } }
const project: Project = {
  title: 'Grüße',
  createdAt: '2026-11-22T11:00:00.000Z',
  runs: [
    aRun(),
    {
      record: aRecord({ id: 'b', state: 'paused', outcome: null }),
      parts: { ...aRun().parts, curves: odd, test: null, border: null, history: null },
    },
    {
      record: aRecord({ id: 'c', state: 'waiting' }),
      parts: { checkpoint: null, curves: null, border: null, history: null, val: null, test: null },
    },
  ],
  data: [data],
  settings: { language: 'zh', nested: { a: [1, null, true] } },
}
const file = await writeProject(project)
const withImages = await writeProject(project, { withImages: true })

interface Changed {
  files: Record<string, { bytes: number; sha256: string }>
  [key: string]: unknown
}

/** The project with other files, the manifest's digests being made true for them. */
async function repacked(changes: Readonly<Record<string, Uint8Array | null>>, of = file): Promise<Uint8Array> {
  const parts = unzipSync(of)
  const manifest = JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Changed
  for (const [path, bytes] of Object.entries(changes)) {
    if (bytes) parts[path] = bytes.slice()
    else Reflect.deleteProperty(parts, path)
    if (bytes) manifest.files[path] = { bytes: bytes.length, sha256: await sha256(bytes) }
  }
  return zipSync({ ...parts, 'manifest.json': strToU8(JSON.stringify(manifest)) })
}

function withManifest(change: (manifest: Changed) => unknown): Uint8Array {
  const parts = unzipSync(file)
  const manifest = JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Changed
  return zipSync({ ...parts, 'manifest.json': strToU8(JSON.stringify(change(manifest))) })
}

async function asyncRefusal(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return refusal(() => {
    if (error) throw error as Error
  })
}

describe('a project', () => {
  it('comes back as it was, without the images', async () => {
    const { project: read, warnings } = await readProject('a.zip', file)
    expect(warnings).toEqual([])
    expect(read).toEqual({ ...project, data: [{ ...data, pixels: null }] })
    expect(Object.keys(unzipSync(file)).filter((path) => path.endsWith('.rgb'))).toEqual([])
    expect(file.length).toBeLessThan(withImages.length)
  })

  it('has the images where they are wanted', async () => {
    const { project: read, warnings } = await readProject('a.zip', withImages)
    expect(warnings).toEqual([])
    for (const split of SPLITS) {
      const [was, is] = [data.pixels![split], read.data[0]!.pixels![split]]
      expect(is.digests).toEqual(was.digests)
      for (let i = 0; i < was.count; i++) {
        const [a, b] = [new Uint8Array(IMAGE_BYTES), new Uint8Array(IMAGE_BYTES)]
        was.read(i, a)
        is.read(i, b)
        expect(b).toEqual(a)
      }
    }
  })

  it('is the same bytes each time', async () => {
    expect(await writeProject(project)).toEqual(file)
  })
})

describe('of another version', () => {
  it('a newer one is refused with the remedy', async () => {
    const { message, remedy } = await asyncRefusal(
      readProject(
        'a',
        withManifest((m) => ({ ...m, version: 2 })),
      ),
    )
    expect(message).toContain('newer version')
    expect(remedy).toContain('Load the page anew')
  })

  it('an older one is brought up step by step', () => {
    const manifest = JSON.parse(new TextDecoder().decode(unzipSync(file)['manifest.json'])) as Changed
    const old = { ...manifest, version: -0, title: undefined, name: 'old' }
    const migrations = { 0: ({ name, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, title: name }) }
    expect(readManifest('a', old, migrations).title).toBe('old')
    expect(refusal(() => readManifest('a', old, {})).message).toContain('too old')
  })

  it('what it does not know is passed over', async () => {
    const changed = withManifest((m) => ({ ...m, weather: 'fair' }))
    expect((await readProject('a', changed)).project.title).toBe('Grüße')
  })

  it('a run of a newer program is left out, the others are read', async () => {
    const record = strToU8(JSON.stringify({ ...aRecord(), version: 9 }))
    const { project: read, warnings } = await readProject('a', await repacked({ 'runs/1/record.json': record }))
    expect(read.runs.map(({ record: { id } }) => id)).toEqual(['b', 'c'])
    expect(warnings).toEqual(['"runs/1" was left out: it was made by a newer version of this program.'])
  })
})

const text = (value: unknown) => strToU8(JSON.stringify(value))
const parts = unzipSync(file)
const json = (path: string) => JSON.parse(new TextDecoder().decode(parts[path])) as Record<string, never>

it('of an older program has curves that tell less of each step', async () => {
  const { steps, validations } = json('runs/1/curves.json') as unknown as { steps: object; validations: object }
  const { accuracy: _, imagesPerSecond: __, ...known } = steps as Record<string, unknown>
  const { project: read, warnings } = await readProject(
    'a',
    await repacked({ 'runs/1/curves.json': text({ steps: known, validations }) }),
  )
  expect(warnings).toEqual([])
  expect(read.runs[0]!.parts.curves!.steps).toMatchObject({ step: curves.steps.step, loss: curves.steps.loss })
  expect([...read.runs[0]!.parts.curves!.steps.accuracy]).toEqual(Array.from({ length: 6 }, () => NaN))
})

describe('a damaged one is read as far as it goes', () => {
  it.each<[string, Record<string, Uint8Array | null>, string]>([
    [
      'a curve that is no JSON',
      { 'runs/1/curves.json': strToU8('{') },
      '"runs/1/curves.json" was left out: it is damaged.',
    ],
    [
      'a curve with a gap',
      {
        'runs/1/curves.json': text({
          ...json('runs/1/curves.json'),
          steps: { step: [1], loss: [], learningRate: [], gradientNorm: [] },
        }),
      },
      'not of one length',
    ],
    ['a curve of words', { 'runs/1/curves.json': text({ steps: { step: ['one'] } }) }, 'is not as it should be'],
    ['a curve nested without end', { 'runs/1/curves.json': strToU8('['.repeat(1e6)) }, 'too deep'],
    ['a checkpoint of nothing', { 'runs/1/checkpoint.bin': new Uint8Array() }, '"runs/1/checkpoint.bin" was left out'],
    [
      'a checkpoint changed',
      { 'runs/1/checkpoint.bin': parts['runs/1/checkpoint.bin']!.map((b, i) => (i === 99 ? b ^ 1 : b)) },
      '"runs/1/checkpoint.bin" was left out',
    ],
    ['another run’s border', { 'runs/1/record.json': text(aRecord({ border: 1 })) }, 'no border of 1 pixels'],
    [
      'a border of another size',
      { 'runs/1/border.safetensors': parts['runs/1/checkpoint.bin']! },
      'not a safetensors file',
    ],
    [
      'a prediction too few',
      { 'runs/1/test.json': text({ ...json('runs/1/test.json'), labels: [1] }) },
      'not of one length',
    ],
    [
      'a class of 70,000',
      { 'runs/1/test.json': text({ ...json('runs/1/test.json'), labels: [70_000] }) },
      '"labels.0"',
    ],
    ['a part that is missing', { 'runs/1/curves.json': null }, '"runs/1/curves.json" was left out: it is missing.'],
    ['a record that is missing', { 'runs/1/record.json': null }, '"runs/1" was left out: it is missing.'],
    [
      'a record with a key of its own',
      { 'runs/1/record.json': text({ ...aRecord(), extra: 1 }) },
      '"runs/1" was left out',
    ],
    [
      'images of a class that there is not',
      { 'data/1/data.json': text({ ...json('data/1/data.json'), task: { ...aRecord().task, classes: [] } }) },
      '"data/1" was left out',
    ],
    [
      'an arrangement of nonsense',
      { 'data/1/data.json': text({ ...json('data/1/data.json'), arrangement: { classes: 3 } }) },
      '"data/1" was left out',
    ],
  ])('%s', async (_, changes, said) => {
    const { project: read, warnings } = await readProject('a', await repacked(changes))
    expect(warnings.join('\n')).toContain(said)
    expect(read.runs.map(({ record: { id } }) => id)).toContain('b')
  })

  it('a wrong digest', async () => {
    const changed = withManifest((m) => {
      m.files['runs/1/curves.json']!.sha256 = '0'.repeat(64)
      return m
    })
    const { project: read, warnings } = await readProject('a', changed)
    expect(read.runs[0]!.parts.curves).toBeNull()
    expect(read.runs[0]!.parts.checkpoint).not.toBeNull()
    expect(warnings).toEqual(['"runs/1/curves.json" was left out: its content is not what was saved.'])
  })

  it('an image that is another', async () => {
    const path = 'data/1/val.rgb'
    const changed = unzipSync(withImages)[path]!.map((b, i) => (i === 300 ? b ^ 1 : b))
    const { project: read, warnings } = await readProject('a', await repacked({ [path]: changed }, withImages))
    expect(read.data[0]!.pixels).toBeNull()
    expect(read.data[0]!.splits.val.paths).toHaveLength(4)
    expect(warnings.join()).toContain('class1/val1.png')
  })

  it('a file that nobody listed', async () => {
    const { warnings } = await readProject('a', zipSync({ ...unzipSync(file), 'harm.js': strToU8('x') }))
    expect(warnings).toEqual(['"harm.js" is not in its list of files, and was passed over.'])
  })
})

describe('refuses', () => {
  const zip = (files: Record<string, Uint8Array>) => zipSync(files)
  it.each<[string, () => Uint8Array, string]>([
    ['what is no zip', () => strToU8('hello'), 'not a project'],
    ['nothing', () => new Uint8Array(), 'not a project'],
    ['a zip of something else', () => zip({ 'a.txt': strToU8('x') }), 'not a project'],
    ['a manifest that is no JSON', () => zip({ 'manifest.json': strToU8('{') }), 'not a project'],
    ['a manifest of another program', () => zip({ 'manifest.json': strToU8('{"version":1}') }), 'not a project'],
    ['a manifest nested without end', () => zip({ 'manifest.json': strToU8('['.repeat(1e6)) }), 'not a project'],
    ['a manifest without files', () => withManifest(({ files: _, ...m }) => m), '"files" of its manifest'],
    ['files without digests', () => withManifest((m) => ({ ...m, files: { a: { bytes: 1 } } })), '"files.a.sha256"'],
    ['a path out of the zip', () => zipSync({ ...unzipSync(file), '../x': strToU8('x') }), 'leads out'],
    ['a bomb', () => patch(file, CENTRAL, 24, 0xfffffff0), 'more than this program takes'],
    ['a zip cut short', () => file.slice(0, -30), 'its end is missing'],
  ])('%s', async (_, make, said) => {
    expect((await asyncRefusal(readProject('bad.zip', make()))).message).toContain(said)
  })

  it('bytes changed at random, or reads them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const changed = file.slice()
          for (const [at, byte] of changes) changed[at] = byte
          await readProject('changed', changed).catch((error: unknown) => expect(error).toBeInstanceOf(UserError))
        },
      ),
      { numRuns: 40 },
    )
  })
})
