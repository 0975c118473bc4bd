import { describe, expect, it } from 'vitest'
import type { UserError } from '../../src/errors'
import { readLayout, type Layout } from '../../src/data/layout'
import { refusal as refusalOf } from '../support/refusal'
import { sourceOf } from './pictures'

const EXTENSIONS = new Set(['png', 'jpg'])
const read = (...paths: string[]) => readLayout(sourceOf(paths), EXTENSIONS)
const folders = ({ candidates }: Layout) => [...new Set(candidates.map(({ folder }) => folder))].sort()
const summary = ({ candidates }: Layout) => candidates.map(({ file, folder, split }) => [file.path, folder, split])

function refusal(...paths: string[]): UserError {
  const error = refusalOf(() => read(...paths))
  expect(error.message).toMatch(/^[^\n]+\.$/)
  expect(error.remedy).toMatch(/^[^\n]+\.$/)
  return error
}

describe('readLayout', () => {
  it('reads a folder per class, in the order of their names', () => {
    const layout = read('dogs/b.png', 'cats/2.jpg', 'cats/1.PNG', 'Birds/x.png')
    expect(folders(layout)).toEqual(['Birds', 'cats', 'dogs'])
    expect(summary(layout)).toEqual([
      ['Birds/x.png', 'Birds', null],
      ['cats/1.PNG', 'cats', null],
      ['cats/2.jpg', 'cats', null],
      ['dogs/b.png', 'dogs', null],
    ])
    expect(layout.skipped).toEqual([])
  })

  it('looks through folders wrapped around, and keeps what lies beside as skipped', () => {
    const layout = read('a/', 'a/data/', 'a/data/cats/', 'a/data/readme.txt', 'a/data/cats/1.png', 'a/data/dogs/1.png')
    expect(folders(layout)).toEqual(['cats', 'dogs'])
    expect(layout.skipped).toEqual([{ path: 'a/data/readme.txt', reason: 'not an image file' }])
  })

  it.each(['val', 'valid', 'Validation'])('takes given splits, with %s', (val) => {
    const layout = read(
      'set/train/a/1.png',
      'set/train/b/1.png',
      `set/${val}/a/2.png`,
      `set/${val}/b/2.png`,
      'set/test/b/3.png',
      'set/test/a/3.png',
    )
    expect(folders(layout)).toEqual(['a', 'b'])
    expect(layout.candidates.map(({ split }) => split)).toEqual(
      val === 'Validation'
        ? ['val', 'val', 'test', 'test', 'train', 'train']
        : ['test', 'test', 'train', 'train', 'val', 'val'],
    )
  })

  it('takes a single train folder for a wrapping', () => {
    expect(summary(read('train/a/1.png', 'train/b/1.png')).map(([, , split]) => split)).toEqual([null, null])
  })

  it('takes "train" for a class where it holds images itself', () => {
    expect(folders(read('train/1.png', 'car/1.png', 'test/1.png'))).toEqual(['car', 'test', 'train'])
  })

  it('counts images in folders inside a class as of the class', () => {
    expect(summary(read('a/x/1.png', 'a/2.png', 'b/1.png')).map(([, folder]) => folder)).toEqual(['a', 'a', 'b'])
  })

  it('passes over system files in silence and lists all else that is no image', () => {
    const layout = read(
      '.DS_Store',
      '__MACOSX/a/._1.png',
      'a/Thumbs.db',
      'a/1.png',
      'a/n.txt',
      'b/1.png',
      'b/2.tiff',
      'b/noext',
      '.git/x/1.png',
    )
    expect(folders(layout)).toEqual(['a', 'b'])
    expect(layout.skipped).toEqual([
      { path: 'a/n.txt', reason: 'not an image file' },
      { path: 'b/2.tiff', reason: 'TIFF images cannot be read here: save them as PNG or JPEG' },
      { path: 'b/noext', reason: 'not an image file' },
    ])
  })

  it('lists images outside given splits', () => {
    const layout = read('train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png', 'extra/a/1.png')
    expect(layout.skipped).toEqual([{ path: 'extra/a/1.png', reason: 'lies outside the train, val and test folders' }])
  })
})

describe('readLayout leaves to a person', () => {
  it('images of which no folder says the class', () => {
    expect(summary(read('1.png', '2.png')).map(([, folder]) => folder)).toEqual([null, null])
    expect(summary(read('photos/1.png', 'photos/2.png')).map(([, folder]) => folder)).toEqual([null, null])
    expect(folders(read('a/1.png', 'b/1.png', 'stray.png'))).toEqual(['a', 'b', null])
    const split = read('train/a/1.png', 'train/b/1.png', 'train/s.png', 'test/a/1.png', 'test/b/1.png')
    expect(summary(split)[3]).toEqual(['train/b/1.png', 'b', 'train'])
    expect(summary(split)[4]).toEqual(['train/s.png', null, 'train'])
  })

  it('folders without pictures, as a list', () => {
    const { skipped } = read('data/a/1.png', 'data/b/1.png', 'data/c/', 'data/labels/1.txt')
    expect(skipped).toEqual([
      { path: 'data/labels/1.txt', reason: 'not an image file' },
      { path: 'data/labels/', reason: 'a folder without a picture that can be read' },
      { path: 'data/c/', reason: 'an empty folder' },
    ])
    expect(folders(read('data/a/1.png', 'data/c/'))).toEqual(['a'])
  })
})

describe('readLayout', () => {
  it('takes splits inside of the class folders', () => {
    expect(summary(read('a/train/1.png', 'a/test/2.png', 'b/train/1.png', 'b/test/2.png'))).toEqual([
      ['a/test/2.png', 'a', 'test'],
      ['a/train/1.png', 'a', 'train'],
      ['b/test/2.png', 'b', 'test'],
      ['b/train/1.png', 'b', 'train'],
    ])
  })

  it('names HEIC and its remedy', () => {
    expect(read('a/1.png', 'b/1.png', 'b/2.HEIC').skipped[0]!.reason).toMatch(/HEIC: save it as JPEG/)
    expect(refusal('a/1.heic', 'b/2.heif').remedy).toMatch(/Most Compatible/)
  })
})

describe('readLayout refuses', () => {
  it('no file, and no image', () => {
    expect(refusal().message).toBe('"mine" holds no file at all.')
    expect(refusal('a/x.txt', 'b/y.csv').message).toMatch(/2 files, none of them an image/)
  })

  it('given splits without train', () => {
    expect(refusal('val/a/1.png', 'val/b/1.png', 'test/a/1.png', 'test/b/1.png').message).toMatch(/no "train" folder/)
  })
})
