/**
 * From a source to an album whose cut pictures are on the shelf: a few files at a time are hashed, and what is not known by
 * its hash is decoded, cut and put away. Memory stays flat, whatever the number of pictures.
 */
import { UserError } from '../errors'
import { makeAlbum, type Album, type AlbumImage } from './album'
import type { Decoder } from './decode'
import { applyLabels } from './labels'
import { HEIC_REMEDY, readLayout, type Candidate, type Layout } from './layout'
import { resizeAndCrop } from './resample'
import { FullError } from './shelf/drawer'
import { DamagedError } from './shelf/pixel-pack'
import type { Pixels } from './shelf/pixels'
import type { Cut, Shelf } from './shelf/shelf'
import { signatureOf } from './signature'
import type { Source } from './source'
import { MAX_FILE_BYTES } from './source-zip'
import type { SkippedFile } from './task'
import { sha256 } from '../models/sha256'
import { said } from '../sentence'
import { yieldToMessages } from '../yield'

/** Smaller pictures say too little to a model, and are mostly icons that came along. */
export const MIN_SIDE = 16

/** More files than this are refused. */
const MAX_FILES = 200_000

/** How long work may hold its thread before messages are let through, ms. */
const YIELD_MS = 30

/** How often it is told how far the work is, ms: whoever draws it has other things to do. */
const TELL_MS = 100

/** Files worked on at a time: platforms decode beside this thread, and each holds one image in full size. */
const LANES = 4

/** Known pictures that are read when an album is opened: the rest is checked when it is first used. */
const SAMPLED = 64

/** Pictures between two looks at the room that is left. */
const LOOK_EVERY = 256

export interface IntakeProgress {
  readonly done: number
  readonly total: number
  /** Pictures that had to be decoded, of those done. */
  readonly decoded: number
  readonly skipped: number
}

export interface IntakeOptions {
  readonly decoder: Decoder
  readonly cut: Cut
  readonly shelf: Shelf
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: IntakeProgress) => void
  /** Whether other albums may be forgotten, the one used longest ago first, where there is no room. */
  readonly makeRoom?: boolean
}

export interface OpenedAlbum {
  readonly album: Album
  /** Of every picture of the album. Who opened it closes it. */
  readonly pixels: Pixels
  /** Pictures that were not known before. */
  readonly decoded: number
}

export class Cancelled extends UserError {
  constructor() {
    super('Reading the pictures was cancelled.', 'Open them again: what was read is not read twice.')
  }
}

/**
 * @throws UserError when there is no image to read, there is no room, or the source fails as a whole
 * @throws Cancelled
 */
export async function takeIn(source: Source, options: IntakeOptions): Promise<OpenedAlbum> {
  if (source.files.length > MAX_FILES) {
    throw new UserError(
      said`"${source.name}" holds ${source.files.length} files, more than the ${MAX_FILES} that this program takes.`,
      'Take fewer images per class; a few hundred are plenty for a border.',
    )
  }
  const layout = await applyLabels(source, readLayout(source, options.decoder.extensions))
  try {
    return await attempt(source, layout, options)
  } catch (error) {
    // What was kept is damaged, and has been thrown away: with the files at hand it is made anew.
    if (error instanceof DamagedError) return attempt(source, layout, options)
    throw error
  }
}

async function attempt(source: Source, layout: Layout, options: IntakeOptions): Promise<OpenedAlbum> {
  const pixels = await options.shelf.pixels(options.cut)
  try {
    const work = new Intake(source, layout.candidates, pixels, options)
    await work.run()
    if (work.images.length === 0) throw nothingDecoded(source, work.skipped)
    const album = await makeAlbum(source.name, work.images, [...layout.skipped, ...work.skipped])
    await pixels.settle(new Set(album.images.map(({ digest }) => digest)))
    if (work.decoded < album.images.length) sample(album, pixels)
    await options.shelf.keep(album, options.cut)
    return { album, pixels, decoded: work.decoded }
  } catch (error) {
    if (pixels.damaged) await pixels.discard()
    else pixels.close()
    throw error
  }
}

/** Reads some of the pictures, spread over all, so that damage is noticed while the files are at hand. */
function sample({ images }: Album, pixels: Pixels): void {
  const into = new Uint8Array(pixels.imageBytes)
  const step = Math.max(1, Math.floor(images.length / SAMPLED))
  for (let i = 0; i < images.length; i += step) pixels.read(images[i]!.digest, into)
}

class Intake {
  readonly images: AlbumImage[] = []
  readonly skipped: SkippedFile[] = []
  decoded = 0
  #done = 0
  #stopped = false
  #lastYield = performance.now()
  #lastTold = -Infinity
  #sinceLook = 0
  #looking: Promise<void> = Promise.resolve()

  constructor(
    private readonly source: Source,
    private readonly candidates: readonly Candidate[],
    private readonly pixels: Pixels,
    private readonly options: IntakeOptions,
  ) {}

  async run(): Promise<void> {
    const byFile = new Map(this.candidates.map((candidate) => [candidate.file, candidate]))
    // In the order of the source, which is the cheap order for a zip. Lanes share one iterator.
    const order = this.source.files.flatMap((file) => byFile.get(file) ?? []).values()
    // All have come to a stand before anybody closes what they write to.
    const ends = await Promise.allSettled(Array.from({ length: LANES }, () => this.#lane(order)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async #lane(order: Iterable<Candidate>): Promise<void> {
    try {
      for (const candidate of order) {
        if (this.#stopped) return
        if (this.options.signal?.aborted) throw new Cancelled()
        const taken = await this.#take(candidate)
        if ('reason' in taken) this.skipped.push(taken)
        else this.images.push(taken)
        this.#done++
        await this.#breathe()
      }
    } catch (error) {
      this.#stopped = true
      throw error
    }
  }

  async #take({ file, folder, split }: Candidate): Promise<AlbumImage | SkippedFile> {
    const { path } = file
    if (file.size === 0) return { path, reason: 'empty, or it could not be read' }
    if ((file.size ?? 0) > MAX_FILE_BYTES) return { path, reason: 'larger than 256 MB' }
    let bytes: Uint8Array
    try {
      bytes = await file.bytes()
    } catch (error) {
      if (error instanceof UserError) throw error
      return { path, reason: `cannot be read: ${firstLine(error)}` }
    }
    if (bytes.length === 0) return { path, reason: 'empty, or it could not be read' }
    const digest = await sha256(bytes)
    const facts = this.pixels.facts(digest) ?? (await this.#decode(bytes, digest))
    if (typeof facts === 'string') return { path, reason: facts }
    return { path, digest, bytes: bytes.length, width: facts.width, height: facts.height, folder, split }
  }

  /** Puts a new picture on the shelf; why not, where that is not possible. */
  async #decode(bytes: Uint8Array, digest: string): Promise<{ width: number; height: number } | string> {
    const { decoder, cut } = this.options
    let added: Parameters<Pixels['add']>
    try {
      const image = await decoder.decode(bytes)
      const { width, height } = image
      if (Math.min(width, height) < MIN_SIDE) return `${width} x ${height} pixels, too small (under ${MIN_SIDE})`
      const signature = signatureOf(image)
      added = [{ digest, width, height, signature }, resizeAndCrop(image, cut.size, cut.resize)]
    } catch (error) {
      return isHeic(bytes) ? HEIC_REMEDY : `does not decode: ${firstLine(error)}`
    }
    // One lane looks, and the others wait for what it finds.
    if (this.#sinceLook++ % LOOK_EVERY === 0) this.#looking = this.#look()
    await this.#looking
    this.decoded++
    return this.pixels.add(...added)
  }

  /** Says that there is no room before the disk does. */
  async #look(): Promise<void> {
    const need = (this.candidates.length - this.#done) * this.pixels.imageBytes
    const { drawer } = this.options.shelf
    const free = await drawer.free()
    if (free === null || free >= need) return
    if (this.options.makeRoom && (await this.options.shelf.makeRoom(need, this.pixels.release()))) return
    throw new NoRoomError(need, free)
  }

  async #breathe(): Promise<void> {
    const { onProgress } = this.options
    const now = performance.now()
    const isLast = this.#done === this.candidates.length
    if (now - this.#lastYield < YIELD_MS && !isLast) return
    if (now - this.#lastTold >= TELL_MS || isLast) {
      this.#lastTold = now
      onProgress?.({
        done: this.#done,
        total: this.candidates.length,
        decoded: this.decoded,
        skipped: this.skipped.length,
      })
    }
    await yieldToMessages()
    this.#lastYield = performance.now()
  }
}

/** There is less room than the pictures need. */
export class NoRoomError extends FullError {
  constructor(need: number, free: number) {
    const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`
    super(
      { reason: 'noRoom' },
      said`The decoded pictures need ${mb(need)}, and this browser leaves room for ${mb(free)}.`,
    )
  }
}

function nothingDecoded(source: Source, skipped: readonly SkippedFile[]): UserError {
  const [first] = skipped
  return new UserError(
    skipped.length === 1
      ? said`None of the pictures in "${source.name}" can be read (e.g. "${first?.path ?? ''}": ${first?.reason ?? ''}).`
      : said`None of the ${skipped.length} pictures in "${source.name}" can be read (e.g. "${first?.path ?? ''}": ${first?.reason ?? ''}).`,
    'Open them in another program to see whether they are whole, and save them as PNG or JPEG.',
  )
}

/** A HEIC file may be called anything: phones rename them. */
function isHeic(bytes: Uint8Array): boolean {
  const brand = String.fromCharCode(...bytes.subarray(4, 12))
  return /^ftyp(heic|heix|hevc|hevx|mif1|msf1)$/.test(brand)
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
