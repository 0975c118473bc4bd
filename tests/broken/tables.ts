/** Tables of labels that are none, or of other pictures: each is named with its reason, and the folders say what they said. */
import { zipSync } from 'fflate'
import { applyLabels } from '../../src/data/labels'
import { readLayout } from '../../src/data/layout'
import { offered, text, type Kinds } from './kind'

const EXTENSIONS = new Set(['png', 'jpg'])
const IMAGES = ['images/a.png', 'images/b.png', 'images/sub/c.jpg', 'images/d e.png']
const FOLDERS = '[null,null,null,"sub"]'

async function leftOut(table: string | Uint8Array): Promise<string> {
  const content = typeof table === 'string' ? text(table) : table
  const files = [...IMAGES.map((path) => [path, text('')] as const), ['labels.csv', content] as const]
  const source = {
    name: 'mine',
    folders: [],
    files: files.map(([path, bytes]) => ({ path, size: bytes.length, bytes: async () => bytes })),
  }
  const { candidates, skipped } = await applyLabels(source, readLayout(source, EXTENSIONS))
  const folders = candidates.toSorted((a, b) => (a.file.path < b.file.path ? -1 : 1)).map(({ folder }) => folder)
  if (JSON.stringify(folders) !== FOLDERS) throw new Error(`the table was taken: ${JSON.stringify(folders)}`)
  return skipped.find(({ path }) => path === 'labels.csv')?.reason ?? ''
}

const utf16 = (content: string) => new Uint8Array(Buffer.from(content, 'utf16le'))
const utf32 = (content: string) =>
  Uint8Array.from(`\uFEFF${content}`, (letter) => letter.charCodeAt(0) & 255).reduce<number[]>(
    (all, byte, i) => [...all, i === 0 ? 0xff : byte, i === 0 ? 0xfe : 0, 0, 0],
    [],
  )
const TABLE = 'file,label\nimages/a.png,cat\nimages/b.png,dog\nimages/sub/c.jpg,cat\nimages/d e.png,dog'

const BROKEN: Readonly<Record<string, string | Uint8Array>> = {
  empty: '',
  'of one line end': '\n',
  'of line ends': '\n\n\n',
  'of carriage returns': '\r\r\r',
  'of a byte order mark alone': '\uFEFF',
  'of spaces': '   \n   \n',
  'of separators alone': ',,,\n,,,\n,,,',
  'of one column': 'a.png\nb.png',
  'of a header alone': 'file,label',
  'of a header without files': 'label,split\ncat,train\ndog,test',
  'of a header without labels': 'file,width\nx.png,24\ny.png,24',
  'in quotes as a whole': TABLE.split('\n')
    .map((row) => `"${row}"`)
    .join('\n'),
  'separated by spaces': TABLE.replaceAll(',', '    '),
  'of other pictures': 'file,label\nx.png,cat\ny.png,dog',
  'of other kinds of file': TABLE.replaceAll('.png', '.webp').replaceAll('.jpg', '.webp'),
  'of addresses': TABLE.replaceAll('images/', 'https://example.org/images/'),
  'of patterns': 'file,label\n*.png,cat\n*.jpg,dog',
  'of more missing files than found': `${TABLE.split('\n').slice(0, 2).join('\n')}\nx.png,cat\ny.png,dog\nz.png,dog`,
  'of numbers': '1,2\n3,4\n5,6',
  'of prose': 'This is a file, and it holds words, not labels.\nMore of them, here.',
  'of JSON': '{"a.png": "cat", "b.png": "dog"}',
  'of JSON lines': '{"file":"images/a.png","label":"cat"}\n{"file":"images/b.png","label":"dog"}',
  'of YAML': 'a.png: cat\nb.png: dog\n',
  'of XML': '<annotation><filename>a.png</filename><name>cat</name></annotation>',
  'of HTML': '<table><tr><td>a.png</td><td>cat</td></tr></table>',
  'of SQL': "INSERT INTO labels VALUES ('x.png', 'cat'), ('y.png', 'dog');",
  'of zeros': new Uint8Array(1000),
  'of noise': Uint8Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255),
  'with a zero byte inside': TABLE.replace('cat', 'c\0at'),
  'in UTF-16 without its mark': utf16(TABLE),
  'in UTF-32': Uint8Array.from(utf32(TABLE)),
  'of a spreadsheet': zipSync({ 'xl/workbook.xml': text('<workbook/>'), '[Content_Types].xml': text('<Types/>') }),
  'in gzip': Uint8Array.of(31, 139, 8, 0, ...new Uint8Array(100)),
  'of a database': text('SQLite format 3\0'.padEnd(200, '\0')),
  'of a pointer of Git LFS': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
  'that is a picture': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0),
  'of labels without files': 'file,label\n,cat\n,dog',
  'of files that climb': 'file,label\n../../etc/passwd.png,cat\n..\\b.png,dog',
  'of names of JavaScript': 'file,label\n__proto__,cat\nconstructor,dog',
  'with an open quote': 'file,label\n"images/a.png,cat\nimages/b.png,dog',
}

export const tables: Kinds = offered(
  Object.fromEntries(Object.entries(BROKEN).map(([kind, table]) => [kind, [table, /table/] as const])),
  leftOut,
)
