/** From a source to an open album, and straight on to a task where no person is in between: the command line, tests. */
import { clipResize, type ResizeRule } from '../models/resize-rule'
import type { Album } from './album'
import { arrange, defaultArrangement } from './arrange'
import type { Arrangement } from './arrangement'
import type { Decoder } from './decode'
import { takeIn, type IntakeProgress } from './intake'
import { nearDuplicates } from './near-duplicates'
import { openTask, type TaskAbout } from './open-task'
import { MemoryDrawer } from './shelf/drawer-memory'
import type { AlbumPixels, Pixels } from './shelf/pixels'
import { Shelf, type Cut } from './shelf/shelf'
import type { Source } from './source'
import type { Task } from './task'

export interface LoadOptions {
  readonly decoder: Decoder
  /** S, pixels. */
  readonly imageSize: number
  /** How images are brought to S x S; CLIP's way unless said. */
  readonly resize?: ResizeRule
  readonly splitSeed: number
  /** Where decoded pictures are kept; memory unless said. */
  readonly shelf?: Shelf
  readonly onProgress?: (progress: IntakeProgress) => void
  readonly signal?: AbortSignal
  readonly makeRoom?: boolean
}

export const cutOf = ({ imageSize: size, resize }: Pick<LoadOptions, 'imageSize' | 'resize'>): Cut => ({
  size,
  resize: resize ?? clipResize(size),
})

/** An album, its pixels, and what looks alike in it. */
export interface OpenAlbum<P extends AlbumPixels = AlbumPixels> {
  readonly album: Album
  readonly pixels: P
  readonly cut: Cut
  /** Groups of near-duplicates, as indices of the album's images. */
  readonly near: readonly (readonly number[])[]
  /** Pictures that had to be decoded for it. */
  readonly decoded: number
}

/** @throws UserError, see `takeIn` */
export async function openAlbum(source: Source, options: Omit<LoadOptions, 'splitSeed'>): Promise<OpenAlbum<Pixels>> {
  const { imageSize: _, resize: __, shelf = new Shelf(new MemoryDrawer()), ...rest } = options
  const cut = cutOf(options)
  const { album, pixels, decoded } = await takeIn(source, { ...rest, shelf, cut })
  return { album, pixels, cut, decoded, near: alikeIn(album, pixels) }
}

/** Groups of pictures that look alike. The very same file again is no such picture: it is left out anyway. */
export function alikeIn({ images }: Album, pixels: Pixels): readonly (readonly number[])[] {
  const digestOf = (i: number) => images[i]!.digest
  return nearDuplicates(images.map(({ digest }) => pixels.facts(digest)!.signature))
    .map((group) => group.filter((i, at) => group.findIndex((other) => digestOf(other) === digestOf(i)) === at))
    .filter(({ length }) => length > 1)
}

/**
 * Loads a task as the folders have it.
 * @throws UserError for sources that hold no images, and pictures that nothing can be learned from
 */
export async function loadTask(source: Source, options: LoadOptions): Promise<Task> {
  const opened = await openAlbum(source, options)
  const arrangement = defaultArrangement(opened.album, { seed: options.splitSeed })
  return taskOf(opened, arrangement, ownAbout(opened.album.name, arrangement))
}

/** @throws UserError with the first of the arrangement's problems */
export function taskOf(opened: OpenAlbum, arrangement: Arrangement, about: TaskAbout): Promise<Task> {
  const arranged = arrange(opened.album, arrangement, opened.near)
  return openTask(about, opened, arrangement, arranged, opened.cut.size)
}

export const ownAbout = (name: string, { classes }: Arrangement): TaskAbout => ({
  id: 'own',
  title: name,
  description: `${classes.filter(({ included }) => included).length} classes of your own`,
})
