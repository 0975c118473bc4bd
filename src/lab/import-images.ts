/**
 * Pixels that a project brings become an album on the shelf, by which its runs are opened and gone on with: its images are those
 * of the task, cut as they were, its classes and splits given.
 */
import { makeAlbum, type Album, type AlbumImage } from '../data/album'
import type { Arrangement } from '../data/arrangement'
import { ownAbout, taskOf } from '../data/load'
import type { Cut, Shelf } from '../data/shelf/shelf'
import { signatureOf } from '../data/signature'
import { SPLITS, type ImageSet, type Split } from '../data/task'
import { UserError } from '../errors'
import type { ProjectData } from '../formats/project/project'
import { clipResize } from '../models/resize-rule'
import { sha256 } from '../models/sha256'
import type { TaskReference } from '../records/run-record'
import { said } from '../sentence'

/**
 * The album's id; null where a project has no pixels.
 * @throws UserError where there is no room, or the pixels do not make the task that the runs were learned on
 */
export async function keepBroughtImages(shelf: Shelf, data: ProjectData): Promise<string | null> {
  const { pixels: sets, resize, task } = data
  if (!sets) return null
  const size = task.imageSize
  const cut: Cut = { size, resize: resize ?? clipResize(size) }
  const pixels = await shelf.pixels(cut)
  try {
    const images: AlbumImage[] = []
    const picture = new Uint8Array(3 * size * size)
    for (const split of SPLITS) {
      const set = sets[split]
      for (let i = 0; i < set.count; i++) {
        const image = await imageOf(data, split, set, i)
        images.push(image)
        if (pixels.facts(image.digest)) continue
        set.read(i, picture)
        const signature = signatureOf({ width: size, height: size, data: interleaved(picture) })
        await pixels.add({ digest: image.digest, width: size, height: size, signature }, picture)
      }
    }
    const album = await makeAlbum(task.title, images, [])
    await pixels.settle(new Set(images.map(({ digest }) => digest)))
    const arrangement = broughtArrangement(task)
    const opened = { album, pixels, cut, near: [], decoded: 0 }
    const made = await taskOf(opened, arrangement, ownAbout(task.title, arrangement))
    if (made.fingerprint !== task.fingerprint) throw otherTask(task.title)
    await shelf.keep(album, cut)
    await shelf.keepArrangement(album.id, arrangement)
    return album.id
  } finally {
    pixels.close()
  }
}

/** The file itself is not here: it is known by its place and its pixels, so that two alike stay two. */
async function imageOf({ task }: ProjectData, split: Split, set: ImageSet, i: number): Promise<AlbumImage> {
  const [path, pixels] = [set.paths[i]!, set.digests[i]!]
  const digest = await sha256(new TextEncoder().encode(JSON.stringify(['project', path, pixels])))
  const { imageSize, classes } = task
  const folder = classes[set.labels[i]!]!.folder
  return { path, digest, bytes: 0, width: imageSize, height: imageSize, folder, split }
}

/** Whether an album is one of these, and a task made of all of it, as it came. */
export function isAsItCame({ images }: Album, { classes, counts }: TaskReference): boolean {
  const label = new Map(classes.map(({ folder }, i) => [folder, i]))
  const found = Object.fromEntries(SPLITS.map((split) => [split, classes.map(() => 0)])) as Record<Split, number[]>
  for (const { bytes, folder, split } of images) {
    const at = label.get(folder ?? '')
    if (bytes > 0 || split === null || at === undefined) return false
    found[split][at]!++
  }
  return SPLITS.every((split) => found[split].join() === counts[split].join())
}

/** What makes the task of such an album. What a person made of the files, which are elsewhere, the run has kept. */
export const broughtArrangement = (task: TaskReference): Arrangement => ({
  classes: task.classes.map(({ folder, name }) => ({ key: folder, name, folders: [folder], included: true })),
  template: task.template,
  labels: {},
  without: [],
  // Nothing is drawn again: the images of each split came with it.
  split: { from: 'given', seed: task.splitSeed ?? 0, val: 0, test: 0, shots: null, together: false },
})

/** Planes [3,S,S] as RGB, row by row. */
function interleaved(planes: Uint8Array): Uint8Array {
  const count = planes.length / 3
  const out = new Uint8Array(planes.length)
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = planes[c * count + i]!
  return out
}

const otherTask = (title: string) =>
  new UserError(
    said`The images of "${title}" in this project are not those that its runs were learned on.`,
    'Choose the images again to go on with its runs.',
  )
