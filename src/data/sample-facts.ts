/**
 * What is known of a sample before any of its pictures is read: its album, the digests of its pixels, what looks alike, and
 * where each file lies in the sample's zip. Made when the page is built (tools/vite/sample-zips.ts), held against each picture
 * when that is read (`sample-pixels.ts`). For models that take pictures of the samples' own size: then nothing is cut.
 */
import { z } from 'zod'
import { formatAlbum, parseAlbum, type Album } from './album'
import { openAlbum } from './load'
import type { Decoder } from './decode'
import { plainPngReader } from './png-plain'
import { zipSource } from './source-zip'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const factsSchema = z.object({
  version: z.literal(1),
  id: digest,
  /** As the shelf keeps one. */
  album: z.string(),
  /** Side of every picture, pixels. */
  size: z.int().positive(),
  /** sha256 of each image's pixels, uint8 [3,S,S], hex; and where its file begins in the zip. In the album's order. */
  pixels: z.array(digest),
  at: z.array(z.int().min(0)),
  /** Groups of near-duplicates, as indices of the album's images. */
  near: z.array(z.array(z.int().min(0))),
})

export interface SampleFacts extends Omit<z.infer<typeof factsSchema>, 'album' | 'id' | 'version'> {
  readonly album: Album
}

/** A sample as it comes: its zip, and what is known of it. */
export interface PackedSample {
  readonly facts: SampleFacts
  readonly zip: Uint8Array
}

/** @returns null where it is not what this program wrote: then the pictures are read as any others are */
export async function parseSampleFacts(json: unknown): Promise<SampleFacts | null> {
  const parsed = factsSchema.safeParse(json)
  if (!parsed.success) return null
  const { id, album: text, ...rest } = parsed.data
  const album = await parseAlbum(id, text)
  const count = album?.images.length
  return album && rest.pixels.length === count && rest.at.length === count ? { ...rest, album } : null
}

/**
 * For the build.
 * @param name of the zip, as the page knows it
 * @param zip whose files are stored, not packed
 * @throws Error where a picture is no plain PNG, or not of the others' size
 */
export async function sampleFacts(name: string, zip: Uint8Array): Promise<z.infer<typeof factsSchema>> {
  const read = await plainPngReader()
  let size = 0
  const decoder: Decoder = {
    extensions: new Set(['png']),
    async decode(bytes) {
      const image = read(bytes)
      if (image === null) throw new Error('no plain PNG')
      size ||= image.width
      if (image.width !== size || image.height !== size) throw new Error(`not of ${size} x ${size} pixels`)
      return image
    },
  }
  const source = await zipSource(name, zip)
  const probe = read(await source.files[0]!.bytes())
  const { album, pixels, near } = await openAlbum(source, { decoder, imageSize: probe?.width ?? 1 })
  const [skipped] = album.skipped
  if (skipped) throw new Error(`${skipped.path} of ${name}: ${skipped.reason}`)
  const places = storedFiles(zip)
  return {
    ...{ version: 1, id: album.id, album: formatAlbum(album), size },
    pixels: album.images.map((image) => pixels.facts(image.digest)!.pixels),
    at: album.images.map(({ path }) => places.get(path)!),
    near: near.map((group) => [...group]),
  }
}

const LOCAL = 0x04034b50
const LOCAL_BYTES = 30

/** Where the bytes of each file begin, by path: local headers, one after the other (PKWARE APPNOTE 4.3.7). */
function storedFiles(zip: Uint8Array): ReadonlyMap<string, number> {
  const words = new DataView(zip.buffer, zip.byteOffset, zip.length)
  const found = new Map<string, number>()
  for (let at = 0; words.getUint32(at, true) === LOCAL;) {
    const name = at + LOCAL_BYTES
    const data = name + words.getUint16(at + 26, true) + words.getUint16(at + 28, true)
    found.set(new TextDecoder().decode(zip.subarray(name, name + words.getUint16(at + 26, true))), data)
    at = data + words.getUint32(at + 18, true)
  }
  return found
}
