import { describe, expect, it } from 'vitest'
import type { UserError } from '../../src/errors'
import { readLayout, type Layout } from '../../src/data/layout'
import { refusal as refusalOf } from '../support/refusal'
import { sourceOf } from './pictures'

const EXTENSIONS = new Set(['png', 'jpg'])
const read = (...paths: string[]) => readLayout(sourceOf(paths), EXTENSIONS)
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
    expect(layout.folders).toEqual(['Birds', 'cats', 'dogs'])
    expect(summary(layout)).toEqual([
      ['Birds/x.png', 'Birds', null],
      ['cats/1.PNG', 'cats', null],
      ['cats/2.jpg', 'cats', null],
      ['dogs/b.png', 'dogs', null],
    ])
    expect(layout.skipped).toEqual([])
  })

  it('looks through folders wrapped around, and keeps what lies beside as skipped', () => {
    const layout = read('a/', 'a/data/', 'a/data/readme.txt', 'a/data/cats/1.png', 'a/data/dogs/1.png')
    expect(layout.folders).toEqual(['cats', 'dogs'])
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
    expect(layout.folders).toEqual(['a', 'b'])
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
    expect(read('train/1.png', 'car/1.png', 'test/1.png').folders).toEqual(['car', 'test', 'train'])
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
    expect(layout.folders).toEqual(['a', 'b'])
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

describe('readLayout refuses', () => {
  it('no file, and no image', () => {
    expect(refusal().message).toBe('"mine" holds no file at all.')
    expect(refusal('a/x.txt', 'b/y.csv').message).toMatch(/2 files, none of them an image/)
  })

  it('one class only', () => {
    for (const source of [['cats/1.png', 'cats/2.png'], ['data/cats/1.png']]) {
      expect(refusal(...source).message).toBe('"mine" holds one class only, "cats": there is nothing to tell apart.')
    }
  })

  it('an empty class folder', () => {
    expect(refusal('a/1.png', 'b/1.png', 'c/').message).toBe('The class folder "c" is empty.')
    expect(refusal('data/a/1.png', 'data/c/').message).toBe('The class folder "c" is empty.')
    expect(refusal('a/1.png', 'b/').message).toBe('The class folder "b" is empty.')
  })

  it('a label folder with a file in it that is no image', () => {
    expect(refusal('a/1.png', 'b/1.png', 'labels/1.txt').message).toBe(
      'The class folder "labels" holds no readable image, only one other file (e.g. "labels/1.txt").',
    )
  })

  it('a class of images in a format that is not read, with the way out', () => {
    const { message, remedy } = refusal('a/1.png', 'b/1.png', 'c/1.bmp', 'c/2.BMP')
    expect(message).toBe('The class folder "c" holds no readable image, only 2 other files (e.g. "c/1.bmp").')
    expect(remedy).toBe('BMP images cannot be read here: save them as PNG or JPEG, or remove the folder.')
  })

  it('a class that a given split lacks', () => {
    expect(refusal('train/a/1.png', 'train/b/1.png', 'test/a/1.png').message).toBe(
      'The class folder "b" is empty in the test split.',
    )
  })

  it('images beside the class folders', () => {
    expect(refusal('a/1.png', 'b/1.png', 'stray.png').message).toBe(
      'The image "stray.png" lies beside the class folders, so the class is unknown.',
    )
    expect(refusal('d/a/1.png', 'd/b/1.png', 'd/s.png', 'd/t.png').message).toMatch(
      /^2 images \(e.g. "d\/s.png"\) lie beside/,
    )
    expect(refusal('train/a/1.png', 'train/b/1.png', 'train/s.png', 'test/a/1.png', 'test/b/1.png').message).toMatch(
      /"train\/s.png" lies beside/,
    )
  })

  it('images without any class folder', () => {
    expect(refusal('1.png', '2.png').message).toMatch(/lie loose/)
  })

  it('given splits without train', () => {
    expect(refusal('val/a/1.png', 'val/b/1.png', 'test/a/1.png', 'test/b/1.png').message).toMatch(/no "train" folder/)
  })
})
