/**
 * Reads classes and splits off the paths of a source. Two layouts are known, each also inside any number of wrapping folders:
 *
 *   class/image                 and     train|val|test/class/image
 *
 * Anything that could be meant in two ways is refused with a sentence rather than guessed.
 */
import { UserError } from '../errors'
import { isSystemFile, type FileEntry, type Source } from './source'
import type { SkippedFile, Split } from './task'

export interface Candidate {
  readonly file: FileEntry
  /** Class folder. */
  readonly folder: string
  /** The split whose folder it lies in; null in the class/image layout. */
  readonly split: Split | null
}

export interface Layout {
  /** Class folders in code-unit order, as Python's `sorted` and torchvision's ImageFolder have them. */
  readonly folders: readonly string[]
  /** Image files in the order of their paths, by code units: the order of the source does not count. */
  readonly candidates: readonly Candidate[]
  readonly skipped: readonly SkippedFile[]
}

const SPLIT_OF_FOLDER: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
}

const SAVE_AS = 'save them as PNG or JPEG'

/** Image files that browsers or libraries elsewhere may know; here they get a reason of their own. */
const FOREIGN_IMAGES = new Set([
  'bmp',
  'avif',
  'tif',
  'tiff',
  'heic',
  'heif',
  'svg',
  'jxl',
  'jp2',
  'ico',
  'psd',
  'dng',
  'ppm',
  'pgm',
])

interface Located {
  readonly file: FileEntry
  readonly segments: readonly string[]
  readonly isImage: boolean
}

/**
 * @param extensions of image files that can be decoded, lower case without dot
 * @throws UserError when there is no image, no class folder or only one, an empty class folder, or a loose image
 */
export function readLayout(source: Source, extensions: ReadonlySet<string>): Layout {
  const skipped: SkippedFile[] = []
  const visible = source.files.filter(({ path }) => !isSystemFile(path))
  let located = visible.map((file): Located => {
    const isImage = extensions.has(extension(file.path))
    if (!isImage) skipped.push({ path: file.path, reason: reasonAgainst(file.path) })
    return { file, segments: file.path.split('/'), isImage }
  })
  let folders = source.folders.filter((path) => !isSystemFile(path)).map((path) => path.split('/'))
  if (!located.some(({ isImage }) => isImage)) throw noImages(source, visible)

  while (isWrapped(located, folders)) {
    located = located
      .filter(({ segments }) => segments.length > 1)
      .map((entry) => ({ ...entry, segments: entry.segments.slice(1) }))
    folders = folders.map((segments) => segments.slice(1)).filter((segments) => segments.length > 0)
  }
  const layout = isSplit(located) ? splitLayout(located, folders, skipped) : classLayout(located, folders)
  if (layout.folders.length < 2) throw oneClass(source, layout)
  const candidates = layout.candidates.sort((a, b) => compare(a.file.path, b.file.path))
  return { folders: layout.folders, candidates, skipped: skipped.sort((a, b) => compare(a.path, b.path)) }
}

/** True while there is one top folder, all images lie in it, and it holds folders of images. */
function isWrapped(located: readonly Located[], folders: readonly string[][]): boolean {
  const images = located.filter(({ isImage }) => isImage)
  const tops = new Set([
    ...located.filter(({ segments }) => segments.length > 1).map(({ segments }) => segments[0]),
    ...folders.map(([top]) => top),
  ])
  return (
    tops.size === 1 &&
    images.every(({ segments }) => segments.length > 1) &&
    images.some(({ segments }) => segments.length > 2)
  )
}

function splitOf(folder: string | undefined): Split | undefined {
  return folder === undefined ? undefined : SPLIT_OF_FOLDER[folder.toLowerCase()]
}

/** Split folders are told from classes that happen to be called "train" by the class folders inside them. */
function isSplit(located: readonly Located[]): boolean {
  const inside = located.filter(({ isImage, segments }) => isImage && segments.length > 2)
  const found = new Set(inside.map(({ segments }) => splitOf(segments[0])))
  if (found.has('train')) return found.size > 1
  if (found.size === 0 || found.has(undefined)) return false
  throw new UserError(
    `There is a "${[...found].join('" and a "')}" folder, but no "train" folder.`,
    'Add a "train" folder with the same classes, or drop one folder per class and let the program split them.',
  )
}

type Unsorted = Pick<Layout, 'folders'> & { candidates: Candidate[] }

function classLayout(located: readonly Located[], folders: readonly string[][]): Unsorted {
  refuseLoose(located, 1)
  const inFolders = located.filter(({ segments }) => segments.length > 1)
  const classes = distinct([...inFolders.map(({ segments }) => segments[0]!), ...folders.map(([top]) => top!)])
  refuseEmpty(classes, (folder) => inFolders.filter(({ segments }) => segments[0] === folder), null)
  const candidates = inFolders
    .filter(({ isImage }) => isImage)
    .map(({ file, segments }) => ({ file, folder: segments[0]!, split: null }))
  return { folders: classes, candidates }
}

function splitLayout(located: readonly Located[], folders: readonly string[][], skipped: SkippedFile[]): Unsorted {
  for (const { file, segments, isImage } of located) {
    if (isImage && splitOf(segments[0]) === undefined)
      skipped.push({ path: file.path, reason: 'lies outside the train, val and test folders' })
  }
  const within = located.filter(({ segments }) => splitOf(segments[0]) !== undefined)
  refuseLoose(within, 2)
  const inFolders = within.filter(({ segments }) => segments.length > 2)
  const classFolders = folders
    .filter(({ length, 0: top }) => length > 1 && splitOf(top) !== undefined)
    .map((segments) => segments[1]!)
  const classes = distinct([...inFolders.map(({ segments }) => segments[1]!), ...classFolders])
  for (const split of new Set(inFolders.map(({ segments }) => splitOf(segments[0])!))) {
    const here = inFolders.filter(({ segments }) => splitOf(segments[0]) === split)
    refuseEmpty(classes, (folder) => here.filter(({ segments }) => segments[1] === folder), split)
  }
  const candidates = inFolders
    .filter(({ isImage }) => isImage)
    .map(({ file, segments }) => ({ file, folder: segments[1]!, split: splitOf(segments[0])! }))
  return { folders: classes, candidates }
}

/** Images `depth` segments deep have no class folder around them. */
function refuseLoose(located: readonly Located[], depth: number): void {
  const images = located.filter(({ isImage }) => isImage)
  const loose = images.filter(({ segments }) => segments.length === depth)
  if (loose.length === 0) return
  const example = loose[0]!.file.path
  if (loose.length === images.length) {
    throw new UserError(
      `The images lie loose, without a folder per class (e.g. "${example}").`,
      'Put the images of each class into a folder named after it, and drop the folder that holds those.',
    )
  }
  const count = loose.length === 1 ? `The image "${example}" lies` : `${loose.length} images (e.g. "${example}") lie`
  throw new UserError(
    `${count} beside the class folders, so the class is unknown.`,
    'Move such images into the folder of their class, or take them out.',
  )
}

function refuseEmpty(
  classes: readonly string[],
  filesOf: (folder: string) => readonly Located[],
  split: Split | null,
): void {
  for (const folder of classes) {
    const files = filesOf(folder)
    if (files.some(({ isImage }) => isImage)) continue
    const where = split === null ? '' : ` in the ${split} split`
    const found =
      files.length === 0
        ? `is empty${where}`
        : `holds no readable image${where}, only ${files.length === 1 ? 'one other file' : `${files.length} other files`} (e.g. "${files[0]!.file.path}")`
    const foreign = files.find(({ file }) => FOREIGN_IMAGES.has(extension(file.path)))
    throw new UserError(
      `The class folder "${folder}" ${found}.`,
      foreign
        ? `${extension(foreign.file.path).toUpperCase()} images cannot be read here: ${SAVE_AS}, or remove the folder.`
        : 'Put images of the class into it, or remove the folder.',
    )
  }
}

function oneClass(source: Source, layout: Unsorted): UserError {
  return new UserError(
    `"${source.name}" holds one class only, "${layout.folders[0]}": there is nothing to tell apart.`,
    'Add a folder with images of at least one other class beside it, and drop the folder that holds both.',
  )
}

function noImages(source: Source, files: readonly FileEntry[]): UserError {
  const found =
    files.length === 0
      ? 'no file at all'
      : `${files.length} files, none of them an image that can be read here (e.g. "${files[0]!.path}")`
  return new UserError(
    `"${source.name}" holds ${found}.`,
    'Choose a folder, or a zip of one, that holds a folder of JPEG, PNG or WebP images per class.',
  )
}

function reasonAgainst(path: string): string {
  const kind = extension(path)
  return FOREIGN_IMAGES.has(kind) ? `${kind.toUpperCase()} images cannot be read here: ${SAVE_AS}` : 'not an image file'
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : ''
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compare)
}

/** By code units, not by locale: the order of classes is part of the fingerprint. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
