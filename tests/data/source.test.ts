import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { combinedSource, droppedSource, droppedSources, isZip, type Source } from '../../src/data/source'
import { directorySource, openSource } from '../../src/data/source-node'
import { zipSource } from '../../src/data/source-zip'

const contents = async (source: Source) =>
  Promise.all(source.files.map(async ({ path, bytes }) => [path, new TextDecoder().decode(await bytes())]))

describe('zipSource', () => {
  it('lists files and folders and unpacks them, stored or deflated, in any order', async () => {
    const zip = zipSync({
      'b/2.png': [strToU8('two'), { level: 0 }],
      'a/1.png': strToU8('one'),
      'c/': new Uint8Array(),
    })
    const source = await zipSource('z.zip', zip)
    expect(source.folders).toEqual(['c'])
    expect(await contents(source)).toEqual([
      ['b/2.png', 'two'],
      ['a/1.png', 'one'],
    ])
  })

  it('unpacks files out of order', async () => {
    const big = new Uint8Array(2 * 2 ** 20)
    const source = await zipSource(
      'z.zip',
      zipSync({ 'a/1': big, 'a/2': big.fill(2), 'a/3': strToU8('end') }, { level: 1 }),
    )
    const lengths = []
    for (const { bytes } of [...source.files].reverse()) lengths.push((await bytes()).length)
    expect(lengths).toEqual([3, big.length, big.length])
  })

  it('takes the backslashes of some Windows programs for slashes', async () => {
    expect((await zipSource('z.zip', zipSync({ 'a\\1.png': strToU8('x') }))).files[0]!.path).toBe('a/1.png')
  })

  it.each(['../evil.png', 'a/../../evil.png', '/etc/evil.png', 'C:\\evil.png', 'a\\..\\..\\evil.png'])(
    'refuses the path %s',
    async (path) => {
      await expect(zipSource('z.zip', zipSync({ 'a/1.png': strToU8('x'), [path]: strToU8('x') }))).rejects.toThrow(
        `"z.zip" holds a path that leads out of its folder: "${path}".`,
      )
    },
  )

  it('refuses an absurd size before unpacking anything', async () => {
    const zip = zipSync({ 'a/1.png': strToU8('x') })
    // The uncompressed size in the directory of the zip, 24 bytes into its entry.
    const directory = new DataView(zip.buffer).getUint32(zip.length - 22 + 16, true)
    new DataView(zip.buffer).setUint32(directory + 24, 3e9, true)
    await expect(zipSource('z.zip', zip)).rejects.toThrow(/unpacks to more than this program takes/)
  })

  it('refuses what is no zip, and a zip cut short', async () => {
    await expect(zipSource('z.zip', strToU8('hello'))).rejects.toThrow(/is not a zip, or is damaged/)
    const zip = zipSync({ 'a/1.png': strToU8('x'.repeat(999)) })
    await expect(zipSource('z.zip', zip.subarray(0, zip.length - 40))).rejects.toThrow(UserError)
  })

  it('refuses damaged contents when they are asked for', async () => {
    const zip = zipSync({ 'a/1.png': strToU8('some text to be deflated '.repeat(20)) })
    zip.fill(255, 40, 60)
    const { files } = await zipSource('z.zip', zip)
    await expect(files[0]!.bytes()).rejects.toThrow('the zip is damaged here')
  })
})

describe('directorySource', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'passepartout-source-'))
    await mkdir(join(root, 'b/sub'), { recursive: true })
    await mkdir(join(root, 'a'))
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'b/sub/2.png'), 'two')
    await writeFile(join(root, 'a/1.png'), 'one')
    await symlink('..', join(root, 'a/up'))
    await writeFile(join(root, 'z.zip'), zipSync({ 'a/1.png': strToU8('in zip') }))
  })
  afterAll(() => rm(root, { recursive: true }))

  it('walks a tree once, whatever its links', async () => {
    const source = await directorySource(root)
    expect((await contents(source)).filter(([path]) => path !== 'z.zip')).toEqual([
      ['a/1.png', 'one'],
      ['b/sub/2.png', 'two'],
    ])
    expect(source.folders).toEqual(['a', 'a/up', 'b', 'b/sub', 'empty'])
  })

  it('opens a folder or a zip, and says when there is neither', async () => {
    expect((await openSource(join(root, 'a'))).name).toBe('a')
    expect(await contents(await openSource(join(root, 'z.zip')))).toEqual([['a/1.png', 'in zip']])
    await expect(openSource(join(root, 'nowhere'))).rejects.toThrow(/There is no folder or zip/)
  })
})

describe('droppedSource', () => {
  const file = (content: string) => new Blob([content])

  it('keeps files and marks folders', async () => {
    const source = droppedSource('drop', [
      { path: '/set/a/1.png', file: file('one') },
      { path: 'set/b/', file: file('') },
    ])
    expect(await contents(source)).toEqual([['set/a/1.png', 'one']])
    expect(source.folders).toEqual(['set/b'])
  })

  it('tells zips, and takes leavings of the system for nothing', () => {
    expect(isZip({ path: 'x.ZIP', file: file('') })).toBe(true)
    expect(isZip({ path: '__MACOSX/x.zip', file: file('') })).toBe(false)
    expect(droppedSources('x', [{ path: '.DS_Store', file: file('') }])).toEqual([])
  })

  it('puts several sources into folders of their names', () => {
    const one = (name: string) => droppedSource(name, [{ path: 'cat/1.png', file: file('') }])
    const both = combinedSource('both', [one('a.zip'), one('b.ZIP'), droppedSource('none', [])])
    expect(both.files.map(({ path }) => path)).toEqual(['a/cat/1.png', 'b/cat/1.png'])
    expect(combinedSource('c', [one('a.zip')]).files[0]!.path).toBe('cat/1.png')
  })

  it('refuses a path that climbs', () => {
    expect(() => droppedSource('drop', [{ path: 'a/../../x.png', file: file('') }])).toThrow(UserError)
  })
})
