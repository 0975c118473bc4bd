/**
 * From a source to a task: layout, split, then a few images at a time decoded, resized and stored as uint8 in place.
 *
 * Splits are drawn from the file list before anything is decoded, so a file that one platform cannot decode moves no
 * other image. Where a given layout lacks val or test, they are drawn from train in the default proportions.
 */
import { UserError } from '../errors'
import type { ResizeRule } from '../models/resize-rule'
import { cleanClassName } from '../models/text'
import type { Decoder } from './decode'
import { fingerprint } from './fingerprint'
import { readLayout, type Candidate, type Layout } from './layout'
import { resizeAndCrop } from './resample'
import type { FileEntry, Source } from './source'
import { DEFAULT_PARTS, stratify } from './split'
import { SPLITS, type ImageSet, type SkippedFile, type Split, type Task, type TaskClass } from './task'

/** The template of the visual-prompting reference code: no full stop. */
export const DEFAULT_TEMPLATE = 'This is a photo of a {}'

/** How long decoding may hold its thread before messages are let through, ms. */
const YIELD_MS = 30

/** Images decoded at a time: platforms decode beside this thread, and each holds one image in full size. */
const LANES = 4

export interface LoadOptions {
  readonly decoder: Decoder
  /** S, pixels. */
  readonly imageSize: number
  /** How images are brought to S x S; CLIP's way unless said. */
  readonly resize?: ResizeRule
  readonly splitSeed: number
  readonly onProgress?: (done: number, total: number) => void
}

/** What a sample's manifest says about its task; for a person's own images it follows from the folders. */
export interface TaskDescription {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly template: string
  readonly classes: readonly TaskClass[]
}

/**
 * Loads a task.
 * @throws UserError for layouts that are not understood (see `readLayout`) and classes with too few images
 */
export async function loadTask(source: Source, options: LoadOptions, described?: TaskDescription): Promise<Task> {
  const layout = readLayout(source, options.decoder.extensions)
  const task = described ?? describeOwn(source, layout)
  refuseOtherClasses(task, layout)
  const classIndex = new Map(task.classes.map(({ folder }, index) => [folder, index]))
  const splitOf = assignSplits(layout, options.splitSeed)
  const images = layout.candidates.map((candidate, i) => ({ candidate, split: splitOf[i]! }))

  const stores = Object.fromEntries(
    SPLITS.map((split) => [
      split,
      new Store(
        images.filter((image) => image.split === split),
        classIndex,
        options.imageSize,
      ),
    ]),
  ) as Record<Split, Store>
  const skipped = [...layout.skipped, ...(await decodeAll(source, stores, options))]

  const splits = Object.fromEntries(SPLITS.map((split) => [split, stores[split].finish()])) as Record<Split, ImageSet>
  refuseLost(task.classes, splits)
  return {
    ...task,
    imageSize: options.imageSize,
    splits,
    fingerprint: await fingerprint({ classes: task.classes, imageSize: options.imageSize, splits }),
    skipped,
    splitSeed: layout.candidates.every(({ split }, i) => split === splitOf[i]) ? null : options.splitSeed,
  }
}

function describeOwn(source: Source, layout: Layout): TaskDescription {
  const classes = layout.folders.map((folder) => ({ folder, name: cleanClassName(folder) }))
  return {
    id: 'own',
    title: source.name,
    description: `${classes.length} classes of your own`,
    template: DEFAULT_TEMPLATE,
    classes,
  }
}

function refuseOtherClasses(task: TaskDescription, layout: Layout): void {
  const listed = task.classes.map(({ folder }) => folder)
  const other = listed.find((folder) => !layout.folders.includes(folder))
  const unlisted = layout.folders.find((folder) => !listed.includes(folder))
  if (other === undefined && unlisted === undefined) return
  throw new UserError(
    `The images of "${task.title}" do not match its list of classes: "${other ?? unlisted}" is ${other === undefined ? 'not in the list' : 'missing'}.`,
    'Fetch the program again, or render the samples anew.',
  )
}

function assignSplits(layout: Layout, seed: number): readonly Split[] {
  const given = new Set(layout.candidates.map(({ split }) => split))
  const drawn = DEFAULT_PARTS.filter(({ name }) => name === 'train' || !given.has(name))
  const splitOf = layout.candidates.map(({ split }) => split ?? 'train')
  if (drawn.length === 1) return splitOf
  const pool = splitOf.flatMap((split, i) => (split === 'train' ? [i] : []))
  const labels = pool.map((i) => layout.folders.indexOf(layout.candidates[i]!.folder))
  layout.folders.forEach((folder, label) => {
    const count = labels.filter((l) => l === label).length
    if (count >= drawn.length) return
    throw new UserError(
      `The class "${folder}" has ${count === 1 ? 'one image' : `${count} images`}, too few to be split into ${drawn.map(({ name }) => name).join(', ')}.`,
      `Give every class at least ${drawn.length} images; twenty or more are better.`,
    )
  })
  stratify(labels, drawn, seed).forEach((split, k) => (splitOf[pool[k]!] = split))
  return splitOf
}

interface Placed {
  readonly candidate: Candidate
  readonly split: Split
}

/** Images of one split at their places; places of files that were not decoded are closed at the end. */
class Store {
  readonly #imageBytes: number
  readonly #pixels: Uint8Array
  readonly #taken: boolean[]

  constructor(
    readonly images: readonly Placed[],
    private readonly classIndex: ReadonlyMap<string, number>,
    size: number,
  ) {
    this.#imageBytes = 3 * size * size
    this.#taken = images.map(() => false)
    try {
      this.#pixels = new Uint8Array(images.length * this.#imageBytes)
    } catch (cause) {
      throw new UserError(
        `${images.length} images of ${size} x ${size} pixels do not fit into memory.`,
        'Take fewer images per class; a few hundred are plenty for a prompt.',
        { cause },
      )
    }
  }

  put(place: number, pixels: Uint8Array): void {
    this.#pixels.set(pixels, place * this.#imageBytes)
    this.#taken[place] = true
  }

  finish(): ImageSet {
    const places = this.images.flatMap((_, place) => (this.#taken[place] ? [place] : []))
    places.forEach((place, to) => {
      if (place !== to)
        this.#pixels.copyWithin(to * this.#imageBytes, place * this.#imageBytes, (place + 1) * this.#imageBytes)
    })
    return {
      count: places.length,
      pixels: this.#pixels.subarray(0, places.length * this.#imageBytes),
      labels: Uint16Array.from(places, (place) => this.classIndex.get(this.images[place]!.candidate.folder)!),
      paths: places.map((place) => this.images[place]!.candidate.file.path),
    }
  }
}

/** Decodes in the order of the source, which is the cheap order for a zip. Returns what did not decode, by path. */
async function decodeAll(source: Source, stores: Record<Split, Store>, options: LoadOptions): Promise<SkippedFile[]> {
  const places = new Map(
    SPLITS.flatMap((split) =>
      stores[split].images.map(({ candidate }, place) => [candidate.file, { split, place }] as const),
    ),
  )
  const order = source.files.filter((file) => places.has(file)).values()
  const failed: SkippedFile[] = []
  let done = 0
  let stopped = false
  let lastYield = performance.now()

  // Lanes share one iterator: each takes the next file when it has stored the last.
  async function lane(): Promise<void> {
    for (const file of order) {
      if (stopped) return
      const outcome = await decodeFile(file, options)
      if (outcome instanceof Uint8Array) {
        const { split, place } = places.get(file)!
        stores[split].put(place, outcome)
      } else {
        failed.push(outcome)
      }
      done++
      if (performance.now() - lastYield < YIELD_MS && done < places.size) continue
      options.onProgress?.(done, places.size)
      await new Promise((resume) => setTimeout(resume))
      lastYield = performance.now()
    }
  }
  try {
    await Promise.all(Array.from({ length: LANES }, lane))
  } finally {
    stopped = true
  }
  return failed.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Pixels [3,S,S], or why not. A source that fails as a whole (a damaged zip) throws its UserError. */
async function decodeFile(
  file: FileEntry,
  { decoder, imageSize, resize }: LoadOptions,
): Promise<Uint8Array | SkippedFile> {
  let bytes: Uint8Array
  try {
    bytes = await file.bytes()
  } catch (error) {
    if (error instanceof UserError) throw error
    return { path: file.path, reason: `cannot be read: ${firstLine(error)}` }
  }
  try {
    return resizeAndCrop(await decoder.decode(bytes), imageSize, resize)
  } catch (error) {
    return { path: file.path, reason: `does not decode: ${firstLine(error)}` }
  }
}

function refuseLost(classes: readonly TaskClass[], splits: Record<Split, ImageSet>): void {
  for (const split of SPLITS) {
    const present = new Set(splits[split].labels)
    const lost = classes.find((_, index) => !present.has(index))
    if (!lost) continue
    throw new UserError(
      `The class "${lost.folder}" has no image left in the ${split} split, because its files there cannot be read.`,
      'Replace the damaged files, or add more images of this class.',
    )
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
