/** Which pictures the grid shows by class, split, and whether a run got them right. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_SPLIT, type Arrangement } from '../../src/data/arrangement'
import type { AlbumInfo, ArrangedInfo } from '../../src/lab/protocol-images'
import { NO_FILTER, type PictureFilter } from '../../src/state/images-store'
import { keysOf, OUT, shownImages } from '../../src/ui/images/shown'

const paths = ['cats/1', 'cats/2', 'dogs/1', 'dogs/2', 'owls/1', 'loose']
const album: AlbumInfo = {
  ...{ id: 'x', name: 'x', origin: 'own', folders: ['cats', 'dogs', 'owls'], paths, digests: [...'abcdef'] },
  folderOf: Int32Array.of(0, 0, 1, 1, 2, -1),
  given: new Uint8Array(6).fill(OUT),
  ...{ near: [], skipped: [], decoded: 0 },
}
const arrangement: Arrangement = {
  classes: [
    // Merged of two folders.
    { key: 'pets', name: 'pets', folders: ['cats', 'dogs'], included: true },
    { key: 'owls', name: 'owls', folders: ['owls'], included: false },
  ],
  ...{ template: 'a {}', without: [], split: DEFAULT_SPLIT },
  // One picture was moved to another class by hand.
  labels: { b: 'owls' },
}
const arranged: ArrangedInfo = {
  ...{ arrangement, labels: new Int32Array(6), splits: Uint8Array.of(0, OUT, 1, 2, OUT, OUT) },
  ...{ leftOut: [], unlabelled: [5], leaks: [], problems: [], warnings: [], prompts: null, task: null },
}
const right = new Map([
  ['dogs/1', true],
  ['dogs/2', false],
])
const shown = (filter: Partial<PictureFilter>) =>
  shownImages(album, arranged, keysOf(album, arranged), { ...NO_FILTER, ...filter }, right).map((i) => paths[i])

describe('the grid of pictures', () => {
  it('knows the class of each by its folder or as it was moved, of excluded classes too', () => {
    expect(keysOf(album, arranged)).toEqual(['pets', 'owls', 'pets', 'pets', 'owls', null])
  })

  it('shows all of them without a filter', () => {
    expect(shown({})).toEqual(paths)
  })

  it.each<[Partial<PictureFilter>, readonly string[]]>([
    [{ label: 'pets' }, ['cats/1', 'dogs/1', 'dogs/2']],
    [{ label: 'owls' }, ['cats/2', 'owls/1']],
    [{ label: 'none' }, ['loose']],
    [{ split: 'train' }, ['cats/1']],
    [{ split: 'val' }, ['dogs/1']],
    [{ split: 'test' }, ['dogs/2']],
    [{ split: 'out' }, ['cats/2', 'owls/1', 'loose']],
    [{ verdict: 'right' }, ['dogs/1']],
    // One that no run was asked about is neither.
    [{ verdict: 'wrong' }, ['dogs/2']],
    [{ label: 'pets', split: 'val', verdict: 'right' }, ['dogs/1']],
    [{ label: 'pets', split: 'val', verdict: 'wrong' }, []],
  ])('shows by %o only those', (filter, expected) => {
    expect(shown(filter)).toEqual(expected)
  })
})
