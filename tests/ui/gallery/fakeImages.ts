/** The pretended lab's album: five classes of dotted pictures, some near-duplicates, some files not taken. */
import { arrange } from '../../../src/data/arrange'
import type { Album } from '../../../src/data/album'
import { DEFAULT_SPLIT, type Arrangement } from '../../../src/data/arrangement'
import { SPLITS, type Split } from '../../../src/data/task'
import type { Commands, PictureInfo, TaskInfo } from '../../../src/lab/protocol'
import type { AlbumInfo, ArrangedInfo, ImageCommands } from '../../../src/lab/protocol-images'
import { shrunk } from '../../../src/lab/images'
import { UserError } from '../../../src/errors'

export const fakeArrangement = (classes: readonly string[]): Arrangement => ({
  classes: classes.map((name) => ({ key: name, name, folders: [name], included: true })),
  template: 'a picture of {}',
  labels: {},
  without: [],
  split: { ...DEFAULT_SPLIT, from: 'chance' },
})

type Answers = { [K in keyof ImageCommands]: (body: Commands[K][0]) => Commands[K][1] }

export function fakeImages(
  classes: readonly string[],
  picture: (split: Split, index: number) => PictureInfo,
  side: number,
): Answers {
  const PER_CLASS = 60
  const images = classes.flatMap((folder, c) =>
    Array.from({ length: PER_CLASS }, (_, i) => ({
      ...{ path: `${folder}/${String(i).padStart(4, '0')}.png`, bytes: 2000, width: side, height: side, folder },
      ...{ digest: (c * PER_CLASS + i).toString(16).padStart(64, '0'), split: null },
    })),
  )
  const album: Album = { id: 'pretended', name: 'My pictures', folders: classes, images, skipped: SKIPPED }
  const near = [
    [3, 4],
    [70, 71, 72],
  ]
  let arrangement = fakeArrangement(classes)

  function arranged(): ArrangedInfo {
    const {
      labels,
      splits,
      leftOut,
      unlabelled,
      leaks,
      problems,
      warnings,
      classes: names,
    } = arrange(album, arrangement, near)
    const texts = names.map(({ name }) => arrangement.template.replace('{}', name))
    const counts = SPLITS.map((_, s) =>
      names.map((__, c) => labels.filter((label, i) => label === c && splits[i] === s).length),
    )
    const task: TaskInfo = {
      ...{ id: 'own', album: album.id, title: album.name, description: '', template: arrangement.template },
      classes: names.map(({ folder, name }) => ({ folder, name })),
      counts: { train: counts[0]!, val: counts[1]!, test: counts[2]! },
      ...{
        imageSize: side,
        fingerprint: 'pretended',
        skipped: SKIPPED,
        splitSeed: arrangement.split.seed,
        arrangement,
      },
    }
    return {
      ...{ arrangement, labels, splits, leftOut, unlabelled, leaks, problems, warnings },
      prompts: { texts, tokens: texts.map((text) => 2 + text.split(' ').length), most: 77 },
      task: problems.length === 0 ? task : null,
    }
  }

  const info = (): AlbumInfo => ({
    ...{ id: album.id, name: album.name, origin: 'own', folders: classes, near, skipped: SKIPPED, decoded: 0 },
    paths: images.map(({ path }) => path),
    digests: images.map(({ digest }) => digest),
    folderOf: Int32Array.from(images, ({ folder }) => classes.indexOf(folder)),
    given: new Uint8Array(images.length).fill(255),
  })

  return {
    openAlbum: ({ source }) => {
      if (source.kind === 'files' && source.files.length === 0)
        throw new UserError('"nothing" holds no file at all.', 'Choose a folder.')
      return { album: info(), arranged: arranged() }
    },
    cancelOpening: () => ({}),
    openedAlbum: () => ({ opened: { album: info(), arranged: arranged() } }),
    arrange: ({ arrangement: next }) => {
      arrangement = next
      return arranged()
    },
    thumbnails: ({ images: asked, side: wanted }) =>
      asked.map((image) => ({
        image,
        rgba: shrunk(picture('val', Math.floor(image / PER_CLASS) * 100 + (image % PER_CLASS)).pixels, side, wanted),
      })),
    albums: () => ({
      albums: [
        { id: 'pretended', name: 'My pictures', images: 300, classes: 5, bytes: 3.7e6, usedAt: '2026-11-22T10:00:00Z' },
        { id: 'other', name: 'Flowers', images: 4317, classes: 5, bytes: 650e6, usedAt: '2026-11-20T10:00:00Z' },
      ],
      ...{ open: 'pretended', freeBytes: 2e9, lasting: true },
    }),
    forgetAlbum: () => ({ freedBytes: 650e6 }),
  }
}

const SKIPPED = [
  { path: 'two objects/IMG_0001.HEIC', reason: 'browsers cannot read HEIC: save it as JPEG' },
  { path: 'readme.txt', reason: 'not an image file' },
]
