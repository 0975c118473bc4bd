/** Tables of labels of every shape that people and programs write, and of every bad one. */
import { describe, expect, it } from 'vitest'
import { applyLabels } from '../../src/data/labels'
import { readLayout } from '../../src/data/layout'
import type { Source } from '../../src/data/source'

const EXTENSIONS = new Set(['png', 'jpg'])
const utf8 = (text: string) => new TextEncoder().encode(text)
const IMAGES = ['images/a.png', 'images/b.png', 'images/sub/c.jpg', 'images/d e.png']

function sourceWith(tables: Readonly<Record<string, Uint8Array | string>>, images: readonly string[] = IMAGES): Source {
  const files = [...images.map((path) => [path, ''] as const), ...Object.entries(tables)]
  return {
    name: 'mine',
    folders: [],
    files: files.map(([path, content]) => {
      const bytes = typeof content === 'string' ? utf8(content) : content
      return { path, size: bytes.length, bytes: async () => bytes }
    }),
  }
}

async function read(tables: Readonly<Record<string, Uint8Array | string>>, images?: readonly string[]) {
  const source = sourceWith(tables, images)
  const { candidates, skipped } = await applyLabels(source, readLayout(source, EXTENSIONS))
  const of = (key: 'folder' | 'split'): Readonly<Record<string, string | null>> =>
    Object.fromEntries(candidates.map((one) => [one.file.path.split('/').at(-1)!, one[key]]))
  return { labels: of('folder'), splits: of('split'), skipped }
}

const ALL = { 'a.png': 'cat', 'b.png': 'dog', 'c.jpg': 'cat', 'd e.png': 'dog' }
const rows = (separator: string, prefix = 'images/') =>
  [`a.png`, `b.png`, `sub/c.jpg`, `d e.png`].map((file, i) => [prefix + file, i % 2 ? 'dog' : 'cat'].join(separator))

describe('a table of labels is read', () => {
  const body = rows(',').join('\n')
  const withHeader = (header: string, separator = ',') => `${header}\n${rows(separator).join('\n')}`
  it.each<[string, string | Uint8Array]>([
    ['with a header', withHeader('file,label')],
    ['with another header', withHeader('Image_Path,Class Name')],
    ['in capitals', withHeader('FILENAME,CATEGORY')],
    ['without a header', body],
    ['with semicolons', withHeader('file;label', ';')],
    ['with tabs', withHeader('file\tlabel', '\t')],
    ['with bars', withHeader('file|label', '|')],
    ['with semicolons, no header', rows(';').join('\n')],
    ['with tabs, no header', rows('\t').join('\n')],
    [
      'quoted',
      `"file","label"\n${rows('","')
        .map((row) => `"${row}"`)
        .join('\n')}`,
    ],
    ['with Windows line ends', withHeader('file,label').replaceAll('\n', '\r\n')],
    ['with old Mac line ends', withHeader('file,label').replaceAll('\n', '\r')],
    ['with blank lines', `\n\n${withHeader('file,label').replaceAll('\n', '\n\n')}\n\n`],
    ['with a byte order mark', `\uFEFF${withHeader('file,label')}`],
    ['in UTF-16, little-endian', Buffer.from(`\uFEFF${withHeader('file,label')}`, 'utf16le')],
    ['in UTF-16, big-endian', Buffer.from(`\uFEFF${withHeader('file,label')}`, 'utf16le').swap16()],
    [
      'with pandas’ index',
      `,file,label\n${rows(',')
        .map((row, i) => `${i},${row}`)
        .join('\n')}`,
    ],
    [
      'label first',
      `label,file\n${rows(',')
        .map((row) => row.split(',').reverse().join(','))
        .join('\n')}`,
    ],
    [
      'label first, no header',
      rows(',')
        .map((row) => row.split(',').reverse().join(','))
        .join('\n'),
    ],
    [
      'with more columns',
      `id,width,file,label,note\n${rows(',')
        .map((row, i) => `${i},24,${row},x`)
        .join('\n')}`,
    ],
    ['by names alone', `file,label\n${['a.png,cat', 'b.png,dog', 'c.jpg,cat', 'd e.png,dog'].join('\n')}`],
    ['by names without extension', `id,label\n${['a,cat', 'b,dog', 'c,cat', 'd e,dog'].join('\n')}`],
    ['with backslashes', `file,label\n${rows(',').join('\n').replaceAll('/', '\\')}`],
    ['with ./ before', `file,label\n${rows(',', './images/').join('\n')}`],
    ['with absolute-looking paths', `file,label\n${rows(',', '/images/').join('\n')}`],
    ['in another case', `file,label\n${rows(',').join('\n').replaceAll('images/', 'IMAGES/')}`],
    ['with spaces around', `file , label\n${rows(' , ').join('\n')}`],
    ['with rows twice', `${withHeader('file,label')}\nimages/a.png,cat`],
  ])('%s', async (_, table) => {
    expect((await read({ 'labels.csv': table })).labels).toEqual(ALL)
  })

  it('lying in a folder, with splits of its own', async () => {
    const table =
      'file;label;split\nimages/a.png;cat;train\nimages/b.png;dog;Validation\nimages/sub/c.jpg;cat;test\nimages/d e.png;dog;'
    const { labels, splits } = await read({ 'meta/labels.csv': table })
    expect(labels).toEqual(ALL)
    expect(splits).toEqual({ 'a.png': 'train', 'b.png': 'val', 'c.jpg': 'test', 'd e.png': null })
  })

  it('with a third column of split words and no header', async () => {
    const table = 'a.png,cat,train\nb.png,dog,val\nc.jpg,cat,test\nd e.png,dog,train'
    expect((await read({ 'labels.csv': table })).splits).toEqual({
      'a.png': 'train',
      'b.png': 'val',
      'c.jpg': 'test',
      'd e.png': 'train',
    })
  })

  it('one a split, by the names of the tables', async () => {
    const { labels, splits } = await read({
      'train.csv': 'file,label\na.png,cat\nb.png,dog',
      'my_test.csv': 'file,label\nc.jpg,cat\nd e.png,dog',
    })
    expect(labels).toEqual(ALL)
    expect(splits).toEqual({ 'a.png': 'train', 'b.png': 'train', 'c.jpg': 'test', 'd e.png': 'test' })
  })

  it('in what Excel calls ANSI, with quotes inside quotes and separators inside them', async () => {
    const table = Uint8Array.from('file;label\nimages/a.png;"M\xfccke; ""klein"""\nimages/b.png;Z\xfcrich', (c) =>
      c.charCodeAt(0),
    )
    const { labels } = await read({ 'labels.csv': table })
    expect([labels['a.png'], labels['b.png']]).toEqual(['Mücke; "klein"', 'Zürich'])
  })

  it('odd names whole: emoji, right-to-left, composed and long ones', async () => {
    const names = ['🐈', 'חתול', 'e\u0301tude', 'x'.repeat(300), 'a"b', '-', 'null', '__proto__', 'constructor']
    const images = names.map((_, i) => `p${i}.png`)
    const table = `file\tlabel\n${names.map((name, i) => `p${i}.png\t${name.includes('"') ? `"${name.replaceAll('"', '""')}"` : name}`).join('\n')}`
    const { labels } = await read({ 't.tsv': table }, images)
    expect(images.map((path) => labels[path])).toEqual(names)
  })
})

describe('a table of labels that is wrong', () => {
  const reasonOf = async (table: string | Uint8Array, images?: readonly string[]) => {
    const { skipped, labels } = await read({ 'labels.csv': table }, images)
    const own = skipped.find(({ path }) => path === 'labels.csv')
    return { reason: own?.reason ?? '', labels, skipped }
  }
  it('names rows of missing files, conflicts, and leaves empty labels loose', async () => {
    const { labels, skipped } = await reasonOf(
      'file,label\nimages/a.png,cat\nimages/gone.png,cat\nimages/b.png,dog\nimages/b.png,cat\nimages/sub/c.jpg,\nimages/d e.png,dog',
    )
    expect(labels).toEqual({ 'a.png': 'cat', 'c.jpg': null, 'd e.png': 'dog' })
    expect(skipped).toEqual([
      { path: 'images/gone.png', reason: 'named in labels.csv, line 3, but not among the pictures' },
      { path: 'images/b.png', reason: 'the table of labels gives it two classes' },
    ])
  })

  it('means nobody by a name that two pictures share', async () => {
    const { labels } = await reasonOf('file,label\na.png,cat\nx/b.png,dog\ny/c.png,dog', [
      'x/a.png',
      'y/a.png',
      'x/b.png',
      'y/c.png',
    ])
    expect(labels).toMatchObject({ 'b.png': 'dog', 'c.png': 'dog' })
    expect(labels['a.png']).toBeNull()
  })

  it('counts missing files beyond those it lists', async () => {
    const gone = Array.from({ length: 300 }, (_, i) => `gone${i}.png,cat`)
    const images = Array.from({ length: 400 }, (_, i) => `p${i}.png`)
    const { skipped } = await reasonOf(
      ['file,label', ...images.map((path) => `${path},dog`), ...gone].join('\n'),
      images,
    )
    expect(skipped).toHaveLength(201)
    expect(skipped.at(-1)!.reason).toBe('names 100 more files that are not here')
  })

  it('goes after class folders where it has no header', async () => {
    const images = ['cats/a.png', 'dogs/b.png', 'birds/c.png']
    const { labels, skipped } = await read({ 'list.csv': 'cats/a.png,1\ndogs/b.png,2\nbirds/c.png,3' }, images)
    expect(labels).toEqual({ 'a.png': 'cats', 'b.png': 'dogs', 'c.png': 'birds' })
    expect(skipped[0]!.reason).toBe('a table of labels that the class folders go before')
  })
})
