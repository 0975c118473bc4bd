/**
 * Pictures of a sample, decoded when they are first read: the page is ready before most of them are wanted. Each is held
 * against what is known of it, file and pixels, so that what is learned on is what the fingerprint says.
 */
import { createSHA256, type IHasher } from 'hash-wasm'
import type { RgbImage } from './decode'
import { plainPngReader } from './png-plain'
import { resizeAndCrop } from './resample'
import type { PackedSample } from './sample-facts'
import { DamagedError } from './shelf/pixel-pack'
import type { AlbumPixels } from './shelf/pixels'

export class SamplePixels implements AlbumPixels {
  readonly imageBytes: number
  readonly #places = new Map<string, number>()
  readonly #read: (Uint8Array | undefined)[] = []
  #damaged = false

  private constructor(
    private readonly packed: PackedSample,
    private readonly decode: (bytes: Uint8Array) => RgbImage | null,
    private readonly sha: IHasher,
  ) {
    const { album, size } = packed.facts
    this.imageBytes = 3 * size * size
    album.images.forEach((image, i) => this.#places.set(image.digest, i))
  }

  static async open(packed: PackedSample): Promise<SamplePixels> {
    return new SamplePixels(packed, await plainPngReader(), await createSHA256())
  }

  get damaged(): boolean {
    return this.#damaged
  }

  facts(digest: string): { readonly pixels: string } | null {
    const i = this.#places.get(digest)
    return i === undefined ? null : { pixels: this.packed.facts.pixels[i]! }
  }

  /** Copies a picture, uint8 [3,S,S], to the start of `into`. @throws DamagedError */
  read(digest: string, into: Uint8Array): void {
    const i = this.#places.get(digest)
    if (i === undefined) throw new DamagedError()
    into.set((this.#read[i] ??= this.#decoded(i)))
  }

  #decoded(i: number): Uint8Array {
    const { facts, zip } = this.packed
    const { bytes, digest } = facts.album.images[i]!
    const from = facts.at[i]!
    const file = zip.subarray(from, from + bytes)
    const image = this.#sha(file) === digest ? this.decode(file) : null
    const pixels = image && resizeAndCrop(image, facts.size)
    if (pixels && this.#sha(pixels) === facts.pixels[i]) return pixels
    this.#damaged = true
    throw new DamagedError()
  }

  #sha(bytes: Uint8Array): string {
    return this.sha.init().update(bytes).digest('hex')
  }

  /** They come with the program, and are not kept. */
  async discard(): Promise<void> {
    this.close()
  }

  close(): void {
    this.#read.length = 0
  }
}
