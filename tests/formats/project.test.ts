/** Projects: there and back without loss; older, newer, damaged and hostile ones are read as far as they can be, or refused. */
import { strToU8, unzipSync, zipSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/formats/project/manifest'
import { readProject } from '../../src/formats/project/read'
import { writeProject } from '../../src/formats/project/write'
import { SPLITS } from '../../src/data/task'
import { UserError } from '../../src/errors'
import { textOf } from '../../src/sentence'
import { refusal } from '../support/refusal'
import { curves, data, file, IMAGE_BYTES, project, repacked, withImages, withManifest, type Changed } from './a-project'
import { aRecord } from './a-run'

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
    expect(warnings.map((one) => textOf(one))).toEqual([
      '"runs/1" was left out: it was made by a newer version of this program.',
    ])
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
  it('a wrong digest', async () => {
    const changed = withManifest((m) => {
      m.files['runs/1/curves.json']!.sha256 = '0'.repeat(64)
      return m
    })
    const { project: read, warnings } = await readProject('a', changed)
    expect(read.runs[0]!.parts.curves).toBeNull()
    expect(read.runs[0]!.parts.checkpoint).not.toBeNull()
    expect(warnings.map((one) => textOf(one))).toEqual([
      '"runs/1/curves.json" was left out: its content is not what was saved.',
    ])
  })

  it('an image that is another', async () => {
    const path = 'data/1/val.rgb'
    const changed = unzipSync(withImages)[path]!.map((b, i) => (i === 300 ? b ^ 1 : b))
    const { project: read, warnings } = await readProject('a', await repacked({ [path]: changed }, withImages))
    expect(read.data[0]!.pixels).toBeNull()
    expect(read.data[0]!.splits.val.paths).toHaveLength(4)
    expect(warnings.map((one) => textOf(one)).join()).toContain('class1/val1.png')
  })

  it('a file that nobody listed', async () => {
    const { warnings } = await readProject('a', zipSync({ ...unzipSync(file), 'harm.js': strToU8('x') }))
    expect(warnings.map((one) => textOf(one))).toEqual(['"harm.js" is not in its list of files, and was passed over.'])
  })
})

describe('refuses', () => {
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
