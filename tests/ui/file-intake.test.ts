/** Dropped folders are listed whole: browsers hand out a hundred entries a call, and folders lie in folders. */
import { describe, expect, it } from 'vitest'
import { fromDrop, fromInput } from '../../src/ui/task/fileIntake'

type Tree = { readonly [name: string]: Tree | string }

/** As a browser has it: entries come a hundred at a time, the last call brings none. */
function entryOf(name: string, what: Tree | string, calls: { n: number }): FileSystemEntry {
  if (typeof what === 'string') {
    const file = (found: (file: File) => void, lost: (error: DOMException) => void) =>
      what === 'unreadable' ? lost(new DOMException('gone')) : found(new File([what], name))
    return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry
  }
  const createReader = () => {
    const left = Object.entries(what).map(([inner, content]) => entryOf(inner, content, calls))
    return {
      readEntries: (found: (entries: FileSystemEntry[]) => void) => {
        calls.n++
        setTimeout(() => found(left.splice(0, 100)))
      },
    }
  }
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry
}

function transferOf(tree: Tree, calls = { n: 0 }): DataTransfer {
  const items = Object.entries(tree).map(([name, what]) => ({
    kind: 'file',
    webkitGetAsEntry: () => entryOf(name, what, calls),
    getAsFile: () => null,
  }))
  return { items } as unknown as DataTransfer
}

const many = (count: number): Tree => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.png`, 'x']))

describe('a dropped folder', () => {
  it('is read until it has no more entries', async () => {
    const calls = { n: 0 }
    const listed: number[] = []
    const { name, files } = await fromDrop(transferOf({ set: { cat: many(950), dog: many(100) } }, calls), (n) =>
      listed.push(n),
    )
    expect([name, files.length, new Set(files.map(({ path }) => path)).size]).toEqual(['set', 1050, 1050])
    expect(files[0]!.path).toMatch(/^set\/(cat|dog)\/\d+\.png$/)
    // 950 come in ten calls, and an eleventh says that there are no more.
    expect(calls.n).toBe(11 + 2 + 2)
    expect(listed.at(-1)).toBe(1050)
  })

  it('of several, with empty folders, plain files, and one that cannot be read', async () => {
    const { name, files } = await fromDrop(
      transferOf({ a: { 'x.png': 'x' }, b: { deep: { er: {} } }, 'c.csv': 'unreadable' }),
    )
    expect(name).toBe('a + 2')
    expect(files.map(({ path, file }) => [path, file.size]).sort()).toEqual([
      ['a/x.png', 1],
      ['b/deep/er/', 0],
      ['c.csv', 0],
    ])
  })

  it('is no longer read when that is cancelled', async () => {
    const cancel = new AbortController()
    const calls = { n: 0 }
    const reading = fromDrop(transferOf({ set: many(100_000) }, calls), () => cancel.abort(), cancel.signal)
    await expect(reading).rejects.toThrow()
    expect(calls.n).toBeLessThan(1000)
  })
})

it('a chosen folder brings its paths, chosen files their names', () => {
  const file = (name: string, webkitRelativePath = '') => Object.assign(new File(['x'], name), { webkitRelativePath })
  expect(fromInput([file('1.png', 'set/a/1.png'), file('2.png', 'set/b/2.png')])).toMatchObject({
    name: 'set',
    files: [{ path: 'set/a/1.png' }, { path: 'set/b/2.png' }],
  })
  expect(fromInput([file('1.png'), file('2.png')]).name).toBe('1.png + 1')
})
