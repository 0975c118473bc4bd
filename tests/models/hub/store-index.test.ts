import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../src/models/hub/store'
import {
  asPart,
  fileName,
  formatIndex,
  INDEX_VERSION,
  parseFileName,
  parseIndex,
  reconcile,
} from '../../../src/models/hub/store-index'

const key = { modelId: 'Xenova/clip-vit-base-patch32', revision: 'd151', path: 'onnx/vision_model.onnx' }
const whole: StoredFile = { ...asPart(key, 10, '"a"'), complete: true, sha256: '0'.repeat(64), checked: 'published' }
const part = asPart({ ...key, path: 'onnx/text_model.onnx' }, 4, '"b"')
const onDisk = (...files: readonly StoredFile[]) => new Map(files.map((file) => [fileName(file), file.bytes]))

describe('names on disk', () => {
  it('hold any key, and no separator of folders', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, text, (modelId, revision, path) => {
        const name = fileName({ modelId, revision, path })
        expect(name).not.toMatch(/[/\\]/)
        expect(parseFileName(name)).toEqual({ modelId, revision, path })
      }),
    )
  })

  it.each(['', 'index.json', 'a@b', 'a@b@c@d', '@b@c', 'a@%E0%A4%A@c'])('are not taken from elsewhere: %j', (name) => {
    expect(parseFileName(name)).toBeNull()
  })
})

describe('the index', () => {
  it('says what it was told', () => {
    expect(reconcile(parseIndex(formatIndex([whole, part])), onDisk(whole, part))).toEqual([whole, part])
  })

  it.each([
    ['nothing', ''],
    ['half of it', formatIndex([whole]).slice(0, -20)],
    ['another version', formatIndex([whole]).replace(`"version":${INDEX_VERSION}`, `"version":${INDEX_VERSION + 1}`)],
    ['another form', '[]'],
    ['a wrong field', formatIndex([whole]).replace('"complete":true', '"complete":"yes"')],
  ])('is rebuilt from the files where there is %s of it', (_, text) => {
    expect(reconcile(parseIndex(text), onDisk(whole, part))).toEqual([asPart(whole, 10, null), asPart(part, 4, null)])
  })

  it('drops what is not there, and takes in what it does not know', () => {
    expect(reconcile([whole], onDisk(part))).toEqual([asPart(part, 4, null)])
  })

  it('believes no completeness of another length', () => {
    const lengths = new Map([[fileName(whole), 9]])
    expect(reconcile([whole], lengths)).toEqual([asPart(whole, 9, null)])
  })

  it('takes the length of a part from the file', () => {
    const lengths = new Map([[fileName(part), 7]])
    expect(reconcile([part], lengths)).toEqual([{ ...part, bytes: 7 }])
  })
})
