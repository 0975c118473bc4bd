/** Each picture of an album is either used or told why it is not. */
import { expect, it } from 'vitest'
import { arrange, defaultArrangement } from '../../src/data/arrange'
import { includeClasses, setSplit, takeOutPictures } from '../../src/data/arrangement'
import type { Album } from '../../src/data/album'
import type { AlbumInfo, ArrangedInfo } from '../../src/lab/protocol-images'
import { accountOf } from '../../src/ui/images/account'

/** Folder and content of each picture; a content that comes again is the same file. */
const PICTURES = [
  ...Array.from({ length: 10 }, (_, i) => ['cats', `c${i}`] as const),
  ...Array.from({ length: 10 }, (_, i) => ['dogs', `d${i}`] as const),
  ...Array.from({ length: 4 }, (_, i) => ['owls', `o${i}`] as const),
  ...[['cats', 'c0'], ['cats', 'c1'], ['cats', 'both'], ['dogs', 'both'], [null, 'loose']] as const, // prettier-ignore
]
const folders = ['cats', 'dogs', 'owls']
const images = PICTURES.map(([folder, digest], i) => ({
  ...{ path: `${folder ?? ''}/${i}`, digest, bytes: 1, width: 20, height: 20, folder, split: null },
}))
const album = { id: 'x', name: 'x', folders, images, skipped: [] } as unknown as Album
const info: AlbumInfo = {
  ...{ id: 'x', name: 'x', origin: 'own', folders, near: [], skipped: [], decoded: 0 },
  paths: images.map(({ path }) => path),
  digests: images.map(({ digest }) => digest),
  folderOf: Int32Array.from(images, ({ folder }) => (folder === null ? -1 : folders.indexOf(folder))),
  given: new Uint8Array(images.length).fill(255),
}

it('counts what is used, and why the rest is not', () => {
  const arrangement = [
    (now: typeof plain) => includeClasses(now, new Set(['owls']), false),
    (now: typeof plain) => takeOutPictures(now, ['d9'], true),
    (now: typeof plain) => setSplit(now, { shots: 2 }),
  ].reduce((now, change) => change(now), defaultArrangement(album))
  const arranged = arrange(album, arrangement, [])
  const account = accountOf(info, { ...arranged, arrangement } as unknown as ArrangedInfo)
  const used = arranged.splits.filter((split) => split !== 255).length
  expect(account).toMatchObject({ found: 29, used })
  const shots = 29 - used - 10
  expect(shots).toBeGreaterThan(0)
  expect(account.out).toEqual([
    { why: 'byHand', count: 1 },
    { why: 'noClass', count: 1 },
    { why: 'excluded', count: 4 },
    { why: 'twoClasses', count: 2 },
    { why: 'again', count: 2 },
    { why: 'shots', count: shots },
  ])
})

const plain = defaultArrangement(album)

it('all of them, where nothing stands in the way', () => {
  const whole = { ...album, images: images.slice(0, 20) }
  const part: AlbumInfo = { ...info, paths: info.paths.slice(0, 20), digests: info.digests.slice(0, 20) }
  const arranged = arrange(whole, plain, [])
  expect(accountOf(part, { ...arranged, arrangement: plain } as unknown as ArrangedInfo)).toEqual({
    ...{ found: 20, used: 20, out: [] },
  })
})
