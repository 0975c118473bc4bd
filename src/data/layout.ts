/**
 * Reads classes and splits off the paths of a source. Known layouts, each also inside any number of wrapping folders:
 *
 *   class/image    train|val|test/class/image    class/train|val|test/image    and images without any folder
 *
 * A class folder may hold folders of its own: their images are the class's. An image outside of every class folder is loose,
 * and waits for a person to say what it is.
 */
import { UserError } from '../errors'
import { byCodeUnits } from './album'
import { isSystemFile, type FileEntry, type Source } from './source'
import type { SkippedFile, Split } from './task'
import { said } from '../sentence'

export interface Candidate {
  readonly file: FileEntry
  /** Class folder; null for a loose image. */
  readonly folder: string | null
  /** The split whose folder it lies in; null where there is none. */
  readonly split: Split | null
}

export interface Layout {
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
  dev: 'val',
  test: 'test',
  testing: 'test',
}

export function splitNamed(name: string | undefined): Split | null {
  return name !== undefined && Object.hasOwn(SPLIT_OF_FOLDER, name.toLowerCase())
    ? SPLIT_OF_FOLDER[name.toLowerCase()]!
    : null
}

const SAVE_AS = 'save them as PNG or JPEG'
export const HEIC_REMEDY =
  'browsers cannot read HEIC: save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)'

/** Image files that other programs know; here they get a reason of their own. */
const FOREIGN_IMAGES = new Set([
  ...['bmp', 'avif', 'tif', 'tiff', 'heic', 'heif', 'svg', 'jxl', 'jp2', 'ico', 'psd', 'dng', 'cr2', 'nef', 'arw'],
  ...['raw', 'ppm', 'pgm', 'dcm', 'tga', 'exr', 'hdr'],
])

interface Located {
  readonly file: FileEntry
  readonly segments: readonly string[]
}

/**
 * @param extensions of image files that can be decoded, lower case without dot
 * @throws UserError when there is no image
 */
export function readLayout(source: Source, extensions: ReadonlySet<string>): Layout {
  const visible = source.files.filter(({ path }) => !isSystemFile(path))
  const skipped: SkippedFile[] = []
  let located: Located[] = []
  for (const file of visible) {
    if (extensions.has(extension(file.path))) located.push({ file, segments: file.path.split('/') })
    else skipped.push({ path: file.path, reason: reasonAgainst(file.path) })
  }
  if (located.length === 0) throw noImages(source, visible)
  let folders = source.folders.filter((path) => !isSystemFile(path)).map((path) => path.split('/'))
  skipped.push(...emptyFolders(folders, located, visible))
  while (isWrapped(located, folders)) {
    located = located.map(({ file, segments }) => ({ file, segments: segments.slice(1) }))
    folders = folders.map((segments) => segments.slice(1)).filter(({ length }) => length > 0)
  }
  const depth = splitDepth(located)
  const candidates = located.flatMap(({ file, segments }): Candidate[] => {
    if (depth === null) return [{ file, folder: segments.length > 1 ? segments[0]! : null, split: null }]
    const split = splitNamed(segments[depth])
    const above = segments.slice(0, -1).filter((_, at) => at !== depth)
    if (split !== null) return [{ file, folder: above[0] ?? null, split }]
    skipped.push({ path: file.path, reason: 'lies outside the train, val and test folders' })
    return []
  })
  return { candidates: candidates.sort((a, b) => byCodeUnits(a.file.path, b.file.path)), skipped }
}

/** True while all images lie in one top folder, and no other is there: it says nothing about any of them. */
function isWrapped(located: readonly Located[], folders: readonly (readonly string[])[]): boolean {
  const tops = new Set(located.map(({ segments }) => (segments.length > 1 ? segments[0] : null)))
  for (const [top] of folders) tops.add(top)
  return tops.size === 1 && !tops.has(null)
}

/**
 * How deep the split folders lie: 0 above the classes, 1 inside them; null where there are none. They are told from classes
 * that happen to be called "train" by the class folders inside or around them, and by being more than one.
 */
function splitDepth(located: readonly Located[]): 0 | 1 | null {
  const nested = located.filter(({ segments }) => segments.length > 2)
  const above = new Set(nested.map(({ segments }) => splitNamed(segments[0])))
  if (above.size > 1 && above.has('train')) return 0
  if (above.size > 1 && !above.has(null)) throw withoutTrain([...above])
  const inside = new Set(nested.map(({ segments }) => splitNamed(segments[1])))
  const classes = new Set(nested.map(({ segments }) => segments[0]))
  const all = nested.length === located.length && classes.size > 1
  return all && inside.size > 1 && inside.has('train') && !inside.has(null) ? 1 : null
}

function withoutTrain(found: readonly (Split | null)[]): UserError {
  return new UserError(
    `There is a "${found.join('" and a "')}" folder, but no "train" folder.`,
    'Add a "train" folder with the same classes, or drop one folder per class and let the program split them.',
  )
}

/** Folders without any image, so that a class that went missing is noticed. */
function emptyFolders(
  folders: readonly (readonly string[])[],
  located: readonly Located[],
  visible: readonly FileEntry[],
): SkippedFile[] {
  const withImages = foldersOf(located.map(({ file }) => file.path))
  const withFiles = foldersOf(visible.map(({ path }) => path))
  const known = new Set([...withFiles, ...folders.map((segments) => segments.join('/'))])
  const outer = foldersOf([...known])
  return [...known].flatMap((path) => {
    if (withImages.has(path) || outer.has(path)) return []
    return [
      {
        path: `${path}/`,
        reason: withFiles.has(path) ? 'a folder without a picture that can be read' : 'an empty folder',
      },
    ]
  })
}

/** All folders that files lie in, at any depth. */
function foldersOf(paths: readonly string[]): Set<string> {
  const found = new Set<string>()
  for (const path of paths) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at)
      if (found.has(folder)) break
      found.add(folder)
    }
  }
  return found
}

function noImages(source: Source, files: readonly FileEntry[]): UserError {
  const kinds = new Set(files.map(({ path }) => extension(path)))
  if (kinds.has('heic') || kinds.has('heif')) {
    return new UserError(
      said`The pictures in "${source.name}" are HEIC files, which browsers cannot read.`,
      'Save them as JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible; on a Mac export them from Photos as JPEG.',
    )
  }
  return new UserError(
    files.length === 0
      ? said`"${source.name}" holds no file at all.`
      : said`"${source.name}" holds ${files.length} files, none of them an image that can be read here (e.g. "${files[0]!.path}").`,
    'Choose a folder, or a zip of one, that holds a folder of JPEG, PNG or WebP images per class.',
  )
}

function reasonAgainst(path: string): string {
  const kind = extension(path)
  if (kind === 'heic' || kind === 'heif') return HEIC_REMEDY
  return FOREIGN_IMAGES.has(kind) ? `${kind.toUpperCase()} images cannot be read here: ${SAVE_AS}` : 'not an image file'
}

/** Lower case, without the dot; empty where there is none. */
export function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : ''
}
