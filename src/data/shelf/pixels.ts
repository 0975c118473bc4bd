/** Cut pictures of one cut: those of all packs that are here, and a pack of its own for what is added. */
import type { Drawer } from './drawer'
import { DamagedError, PixelPack, listName, pixelsName, type PictureFacts } from './pixel-pack'

/** Pictures added between two writings of the list: what a killed tab loses at most. */
const FLUSH_EVERY = 64

/** Pixels of an open album, all cut alike. */
export interface AlbumPixels {
  /** 3*S*S */
  readonly imageBytes: number
  /** Whether a picture was found not to be what it should be. */
  readonly damaged: boolean
  /** sha256 of a picture's pixels, hex, by the sha256 of its file. */
  facts(digest: string): Pick<PictureFacts, 'pixels'> | null
  /** Copies a picture, uint8 [3,S,S], to the start of `into`. @throws DamagedError */
  read(digest: string, into: Uint8Array): void
  discard(): Promise<void>
  close(): void
}

export class Pixels implements AlbumPixels {
  #writing: PixelPack | null = null
  #added = 0
  #damaged = false
  readonly #asked = new Set<PixelPack>()

  constructor(
    private readonly drawer: Drawer,
    private readonly prefix: string,
    /** 3*S*S */
    readonly imageBytes: number,
    private packs: readonly PixelPack[],
  ) {}

  facts(digest: string): PictureFacts | null {
    for (const pack of this.packs) {
      const facts = pack.facts(digest)
      if (!facts) continue
      this.#asked.add(pack)
      return facts
    }
    return null
  }

  /** Closes packs of which nothing was asked yet, so that they can be removed. Returns the names of those that stay. */
  release(): ReadonlySet<string> {
    const stays = (pack: PixelPack) => this.#asked.has(pack) || pack === this.#writing
    for (const pack of this.packs) if (!stays(pack)) pack.close()
    this.packs = this.packs.filter(stays)
    return new Set(this.packs.map(({ name }) => name))
  }

  /** Whether a picture was found not to be what was written. */
  get damaged(): boolean {
    return this.#damaged
  }

  /** Copies a picture, uint8 [3,S,S], to the start of `into`. @throws DamagedError */
  read(digest: string, into: Uint8Array): void {
    try {
      const pack = this.packs.find((one) => one.facts(digest))
      if (!pack) throw new DamagedError()
      pack.read(digest, into)
    } catch (error) {
      this.#damaged ||= error instanceof DamagedError
      throw error
    }
  }

  /** @throws FullError */
  async add(facts: Omit<PictureFacts, 'pixels'>, pixels: Uint8Array): Promise<PictureFacts> {
    this.#opening ??= this.#begin()
    const pack = await this.#opening
    const added = pack.add(facts, pixels)
    if (++this.#added % FLUSH_EVERY === 0) pack.flush()
    return added
  }

  /** What was added is on the disk, and open to other tabs too. Packs without any of these pictures are closed. */
  async settle(digests: ReadonlySet<string>): Promise<void> {
    const written = this.#writing
    this.#writing = null
    this.#opening = null
    let packs = this.packs
    if (written) {
      written.flush()
      written.close()
      const again = await PixelPack.open(this.drawer, written.name, this.imageBytes, 'read')
      packs = packs.flatMap((pack) => (pack !== written ? [pack] : again ? [again] : []))
    }
    const [used, unused] = [packs.filter(holds), packs.filter((pack) => !holds(pack))]
    for (const pack of unused) pack.close()
    this.packs = used
    function holds(pack: PixelPack): boolean {
      return pack.digests.some((digest) => digests.has(digest))
    }
  }

  /** Removes what turned out to be damaged, so that it is made anew. */
  async discard(): Promise<void> {
    const names = this.packs.map(({ name }) => name)
    this.close()
    for (const name of names) {
      await this.drawer.remove(listName(name))
      await this.drawer.remove(pixelsName(name))
    }
  }

  close(): void {
    this.#writing?.flush()
    for (const pack of this.packs) pack.close()
    this.packs = []
    this.#writing = null
  }

  #opening: Promise<PixelPack> | null = null

  async #begin(): Promise<PixelPack> {
    const random = crypto.getRandomValues(new Uint32Array(2))
    const name = this.prefix + Array.from(random, (word) => word.toString(36)).join('')
    const pack = await PixelPack.open(this.drawer, name, this.imageBytes, 'write')
    if (!pack) throw new Error(`a new pack, ${name}, could not be opened`)
    this.#writing = pack
    this.packs = [...this.packs, pack]
    return pack
  }
}
