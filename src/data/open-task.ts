/** From an album, its pixels and an arrangement to the task that is learned. Nothing is decoded here. */
import { errorFrom } from '../errors'
import type { Album } from './album'
import type { Arranged } from './arrange'
import type { Arrangement } from './arrangement'
import { fingerprint } from './fingerprint'
import type { AlbumPixels } from './shelf/pixels'
import { SPLITS, type ImageSet, type Split, type Task } from './task'

export interface TaskAbout {
  readonly id: string
  readonly title: string
  readonly description: string
}

/** @throws UserError with the first of the arrangement's problems */
export async function openTask(
  about: TaskAbout,
  { album, pixels }: { readonly album: Album; readonly pixels: AlbumPixels },
  arrangement: Arrangement,
  arranged: Arranged,
  imageSize: number,
): Promise<Task> {
  const [problem] = arranged.problems
  if (problem) throw errorFrom(problem)
  const { id, title, description } = about
  const classes = arranged.classes.map(({ folder, name }) => ({ folder, name }))
  const splits = Object.fromEntries(SPLITS.map((split) => [split, imageSet(album, pixels, arranged, split)])) as Record<
    Split,
    ImageSet
  >
  return {
    ...{ id, title, description },
    album: album.id,
    template: arrangement.template,
    classes,
    imageSize,
    splits,
    fingerprint: await fingerprint({ classes, imageSize, splits }),
    skipped: [...album.skipped, ...arranged.leftOut],
    splitSeed: arranged.splitSeed,
    arrangement,
  }
}

function imageSet(album: Album, pixels: AlbumPixels, { members, labels }: Arranged, split: Split): ImageSet {
  const images = members[split].map((i) => album.images[i]!)
  return {
    count: images.length,
    labels: Uint16Array.from(members[split], (i) => labels[i]!),
    paths: images.map(({ path }) => path),
    digests: images.map(({ digest }) => pixels.facts(digest)!.pixels),
    read: (index, into) => pixels.read(images[index]!.digest, into),
  }
}
