/** The open album of the lab: opening one, arranging it, and looking at its pictures small. */
import type { Decoder } from '../data/decode'
import { arrange, type Arranged } from '../data/arrange'
import { defaultArrangement } from '../data/arrange'
import type { Arrangement } from '../data/arrangement'
import { checkArrangement } from '../data/arrangement-schema'
import { alikeIn, cutOf, openAlbum, ownAbout, taskOf, type OpenAlbum } from '../data/load'
import type { TaskAbout } from '../data/open-task'
import type { PackedSample } from '../data/sample-facts'
import { SamplePixels } from '../data/sample-pixels'
import { sampleArrangement, type SampleManifest } from '../data/samples'
import type { Drawer } from '../data/shelf/drawer'
import { MemoryDrawer } from '../data/shelf/drawer-memory'
import { Shelf, sameCut, type Cut } from '../data/shelf/shelf'
import { combinedSource, type Source } from '../data/source'
import type { Task } from '../data/task'
import { UserError } from '../errors'
import type { ResizeRule } from '../models/resize-rule'
import type { LabEvent } from './protocol'

/** What an album is made from. */
export type AlbumSource =
  | {
      readonly kind: 'sample'
      readonly manifest: SampleManifest
      /** Where its pictures are known before they are read. */
      readonly packed: PackedSample | null
      readonly source: () => Promise<Source>
    }
  | { readonly kind: 'own'; readonly sources: readonly Source[]; readonly name: string; readonly splitSeed: number }
  /** On the shelf already. */
  | { readonly kind: 'album'; readonly id: string }

export interface OpenOptions {
  /** What the model wants. */
  readonly imageSize: number
  readonly resize: ResizeRule
  readonly arrangement?: Arrangement | undefined
  readonly makeRoom?: boolean | undefined
}

/** An album and what has been made of it. */
export interface HeldAlbum {
  readonly opened: OpenAlbum
  readonly about: (arrangement: Arrangement) => TaskAbout
  readonly origin: 'sample' | 'own'
  readonly arrangement: Arrangement
  readonly arranged: Arranged
}

export class Images {
  #held: HeldAlbum | null = null
  #shelf: Promise<Shelf> | null = null
  #opening: AbortController | null = null

  constructor(
    private readonly decoder: Decoder,
    private readonly openDrawer: () => Promise<Drawer>,
    private readonly emit: (event: LabEvent) => void,
  ) {}

  get held(): HeldAlbum | null {
    return this.#held
  }

  need(): HeldAlbum {
    if (this.#held) return this.#held
    throw new UserError('No images are loaded yet.', 'Choose a sample task, or drop a folder of images.')
  }

  shelf(): Promise<Shelf> {
    return (this.#shelf ??= this.openDrawer().then((drawer) => new Shelf(drawer)))
  }

  cancel(): void {
    this.#opening?.abort()
  }

  /** Opens an album beside the one that stands; `hold` takes it into use. */
  async open(from: AlbumSource, options: OpenOptions): Promise<HeldAlbum> {
    const opening = new AbortController()
    this.#opening = opening
    try {
      await this.#dropDamaged()
      if (from.kind === 'sample') return await this.#openSample(from, options, opening.signal)
      if (from.kind === 'album') return await this.#openKept(from.id, options)
      return await this.#openOwn(from, options, opening.signal)
    } finally {
      if (this.#opening === opening) this.#opening = null
    }
  }

  /** From now on this is the open album; the one before is closed, unless it is still the same. */
  hold(next: HeldAlbum | null): void {
    const before = this.#held
    this.#held = next
    if (before && before.opened.pixels !== next?.opened.pixels) before.opened.pixels.close()
  }

  /** The open album under another arrangement. */
  rearranged(arrangement: Arrangement): HeldAlbum {
    const held = this.need()
    const checked = checkArrangement(arrangement)
    const { album, near } = held.opened
    return { ...held, arrangement: checked, arranged: arrange(album, checked, near) }
  }

  /** Remembers what was made of an album that is on the shelf. */
  async remember({ origin, opened, arrangement }: HeldAlbum): Promise<void> {
    if (origin === 'own') await (await this.shelf()).keepArrangement(opened.album.id, arrangement)
  }

  #taking({ imageSize, resize, makeRoom }: OpenOptions, signal: AbortSignal, shelf: Shelf) {
    return {
      ...{ decoder: this.decoder, imageSize, resize, shelf, signal },
      makeRoom: makeRoom ?? false,
      onProgress: (progress: Omit<Extract<LabEvent, { type: 'intake' }>, 'type'>) => {
        this.emit({ type: 'intake', ...progress })
        this.emit({ type: 'progress', stage: 'task', done: progress.done, total: progress.total })
      },
    }
  }

  async #openSample(
    { manifest, packed, source }: Extract<AlbumSource, { kind: 'sample' }>,
    options: OpenOptions,
    signal: AbortSignal,
  ): Promise<HeldAlbum> {
    const cut = cutOf(options)
    // Samples come with the program: they need no place on the disk.
    const opened =
      packed && isUncut(packed, cut)
        ? await openPacked(packed, cut)
        : await openAlbum(await source(), this.#taking(options, signal, new Shelf(new MemoryDrawer())))
    const arrangement = options.arrangement ?? sampleArrangement(manifest, opened.album)
    return held(opened, 'sample', arrangement, () => manifest)
  }

  async #openOwn(
    { sources, name, splitSeed }: Extract<AlbumSource, { kind: 'own' }>,
    options: OpenOptions,
    signal: AbortSignal,
  ): Promise<HeldAlbum> {
    const shelf = await this.shelf()
    const opened = await openAlbum(combinedSource(name, sources), this.#taking(options, signal, shelf))
    const arrangement = options.arrangement ?? defaultArrangement(opened.album, { seed: splitSeed })
    return held(opened, 'own', arrangement, (of) => ownAbout(opened.album.name, of))
  }

  async #openKept(id: string, options: OpenOptions): Promise<HeldAlbum> {
    const shelf = await this.shelf()
    const album = await shelf.album(id)
    if (!album) {
      throw new UserError(
        'These pictures are no longer kept in this browser.',
        'Drop or choose them again; the same files are known by their content.',
      )
    }
    const cut = cutOf(options)
    const pixels = await shelf.pixels(cut)
    const digests = new Set(album.images.map(({ digest }) => digest))
    if ([...digests].some((digest) => !pixels.facts(digest))) {
      pixels.close()
      throw new UserError(
        `The pictures of "${album.name}" are not kept at ${cut.size} pixels, as this model takes them.`,
        'Drop or choose them again, or take the model that they were opened with.',
      )
    }
    await pixels.settle(digests)
    await shelf.keep(album, cut)
    const opened = { album, pixels, cut, decoded: 0, near: alikeIn(album, pixels) }
    const arrangement = options.arrangement ?? (await shelf.arrangement(id)) ?? defaultArrangement(album)
    return held(opened, 'own', arrangement, (of) => ownAbout(album.name, of))
  }

  /** Pixels that turned out to be damaged go before the same files are opened again. */
  async #dropDamaged(): Promise<void> {
    if (this.#held?.opened.pixels.damaged) await this.#held.opened.pixels.discard()
  }
}

/** Pictures of the size that the model takes are taken as they are, whatever its way of cutting. */
const isUncut = ({ facts }: PackedSample, { size, resize }: Cut): boolean => facts.size === size && resize.side === size

/** Nothing is decoded for it. */
async function openPacked(packed: PackedSample, cut: Cut): Promise<OpenAlbum> {
  const { album, near } = packed.facts
  return { album, near, cut, pixels: await SamplePixels.open(packed), decoded: 0 }
}

function held(
  opened: OpenAlbum,
  origin: HeldAlbum['origin'],
  wanted: Arrangement,
  about: HeldAlbum['about'],
): HeldAlbum {
  const arrangement = checkArrangement(wanted)
  return { opened, origin, about, arrangement, arranged: arrange(opened.album, arrangement, opened.near) }
}

/** @throws UserError with the first of its problems */
export function taskFrom({ opened, arrangement, about }: HeldAlbum): Promise<Task> {
  return taskOf(opened, arrangement, about(arrangement))
}

export const fits = ({ opened }: HeldAlbum, cut: Cut): boolean => sameCut(opened.cut, cut)

/** Pixels [3,S,S] at `side` pixels, RGBA: the mean of what falls on each. */
export function shrunk(pixels: Uint8Array, size: number, side: number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(side * side * 4)
  for (let y = 0; y < side; y++) {
    const [top, bottom] = span(y, side, size)
    for (let x = 0; x < side; x++) {
      const [left, right] = span(x, side, size)
      const to = (y * side + x) * 4
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let row = top; row < bottom; row++) {
          const line = (c * size + row) * size
          for (let column = left; column < right; column++) sum += pixels[line + column]!
        }
        rgba[to + c] = sum / ((bottom - top) * (right - left))
      }
      rgba[to + 3] = 255
    }
  }
  return rgba
}

function span(at: number, of: number, size: number): [number, number] {
  const from = Math.floor((at * size) / of)
  return [from, Math.max(from + 1, Math.floor(((at + 1) * size) / of))]
}
