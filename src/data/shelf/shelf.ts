/**
 * The shelf: albums that were opened, and the pixels cut of their pictures, in one drawer. Pixels are known by the file's
 * sha256 and the cut, so that a picture is decoded once, whatever album it comes in, and an album of known pictures needs
 * no decoding at all; nor does it need its files, once it is here.
 *
 *   <id>.album          a line of JSON (`Label`), then the album
 *   <id>.arrangement    what a person last made of it
 *   <cut>.<name>.px     and .list: a pack (`pixel-pack.ts`)
 */
import { z } from 'zod'
import { sameResize, type ResizeRule } from '../../models/resize-rule'
import { formatAlbum, parseAlbum, type Album } from '../album'
import type { Arrangement } from '../arrangement'
import { arrangementSchema } from '../arrangement-schema'
import type { Drawer } from './drawer'
import { PixelPack, listName, pixelsName } from './pixel-pack'
import { Pixels } from './pixels'

/** How pictures are brought to the model's input. */
export interface Cut {
  /** S, pixels. */
  readonly size: number
  readonly resize: ResizeRule
}

export const sameCut = (a: Cut, b: Cut): boolean => a.size === b.size && sameResize(a.resize, b.resize)
const cutKey = ({ size, resize: { fit, side, filter } }: Cut): string => `${size}-${fit}-${side}-${filter}`
const imageBytes = ({ size }: Cut): number => 3 * size * size

const labelSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  images: z.int().min(0),
  classes: z.int().min(0),
  /** Cuts that its pixels are kept in. */
  cuts: z.array(z.object({ key: z.string(), bytes: z.number() })),
  /** ISO 8601, UTC. */
  usedAt: z.string(),
})
type Label = z.infer<typeof labelSchema>

/** An album of the shelf, as a list shows it. */
export interface KeptAlbum {
  readonly id: string
  readonly name: string
  readonly images: number
  readonly classes: number
  /** Of its pixels, all cuts together; shared with other albums of the same pictures. */
  readonly bytes: number
  /** ISO 8601, UTC. */
  readonly usedAt: string
}

/** A label is no longer than this. */
const LABEL_BYTES = 16_384
const ALBUM = '.album'
const ARRANGEMENT = '.arrangement'

export class Shelf {
  constructor(readonly drawer: Drawer) {}

  get lasting(): boolean {
    return this.drawer.lasting
  }

  /** The last used first. */
  async albums(): Promise<readonly KeptAlbum[]> {
    const found: KeptAlbum[] = []
    for (const { name: file } of await this.drawer.list()) {
      if (!file.endsWith(ALBUM)) continue
      const id = file.slice(0, -ALBUM.length)
      const label = await this.#label(id)
      if (!label) continue
      const { name, images, classes, usedAt, cuts } = label
      found.push({ id, name, images, classes, usedAt, bytes: cuts.reduce((sum, { bytes }) => sum + bytes, 0) })
    }
    return found.sort((a, b) => (a.usedAt < b.usedAt ? 1 : -1))
  }

  /** Null where it is not here, or is damaged. */
  async album(id: string): Promise<Album | null> {
    const text = await this.drawer.text(id + ALBUM)
    return text === null ? null : parseAlbum(id, text.slice(text.indexOf('\n') + 1))
  }

  /** Keeps an album whose pixels of this cut are all here; of one that is here already, notes that it was used. */
  async keep(album: Album, cut: Cut): Promise<void> {
    const before = await this.#label(album.id)
    const key = cutKey(cut)
    const own = { key, bytes: album.images.length * imageBytes(cut) }
    const label: Label = {
      version: 1,
      name: album.name.slice(0, 200),
      images: album.images.length,
      classes: album.folders.length,
      cuts: [...(before?.cuts ?? []).filter((one) => one.key !== key), own],
      usedAt: new Date().toISOString(),
    }
    await this.drawer.write(album.id + ALBUM, `${JSON.stringify(label)}\n${formatAlbum(album)}`)
  }

  async arrangement(id: string): Promise<Arrangement | null> {
    try {
      return arrangementSchema.parse(JSON.parse((await this.drawer.text(id + ARRANGEMENT)) ?? 'null'))
    } catch {
      return null
    }
  }

  async keepArrangement(id: string, arrangement: Arrangement): Promise<void> {
    await this.drawer.write(id + ARRANGEMENT, JSON.stringify(arrangement))
  }

  /** Everything that is here of a cut, and a place for more. Who asks closes it. */
  async pixels(cut: Cut): Promise<Pixels> {
    const prefix = `${cutKey(cut)}.`
    const packs: PixelPack[] = []
    for (const name of await this.#packNames()) {
      if (!name.startsWith(prefix)) continue
      const pack = await PixelPack.open(this.drawer, name, imageBytes(cut), 'read')
      if (pack) packs.push(pack)
    }
    return new Pixels(this.drawer, prefix, imageBytes(cut), packs)
  }

  /** Removes an album, and the pixels that no other album needs. Returns the bytes that are free now. */
  async forget(id: string): Promise<number> {
    await this.drawer.remove(id + ARRANGEMENT)
    await this.drawer.remove(id + ALBUM)
    return this.sweep()
  }

  /**
   * Forgets the albums used longest ago until so many bytes may be written. False where that is not enough.
   * @param inUse packs that stay, whoever needs them
   */
  async makeRoom(bytes: number, inUse: ReadonlySet<string>): Promise<boolean> {
    await this.sweep(inUse)
    for (const { id } of [...(await this.albums())].reverse()) {
      const free = await this.drawer.free()
      if (free === null || free >= bytes) return true
      await this.drawer.remove(id + ARRANGEMENT)
      await this.drawer.remove(id + ALBUM)
      await this.sweep(inUse)
    }
    const free = await this.drawer.free()
    return free === null || free >= bytes
  }

  /** Removes packs of which no album needs a picture: of albums forgotten, of openings cancelled. Bytes freed. */
  async sweep(inUse: ReadonlySet<string> = new Set()): Promise<number> {
    const needed = new Set<string>()
    for (const { id } of await this.albums()) {
      for (const { digest } of (await this.album(id))?.images ?? []) needed.add(digest)
    }
    let freed = 0
    for (const name of await this.#packNames()) {
      if (inUse.has(name)) continue
      const size = Number(name.slice(0, name.indexOf('-')))
      const pack = await PixelPack.open(this.drawer, name, 3 * size * size, 'read')
      // One that another tab is writing is not ours to judge.
      if (!pack && (await this.#busy(name))) continue
      const used = pack?.digests.some((digest) => needed.has(digest)) ?? false
      pack?.close()
      if (used) continue
      const bytes = (await this.drawer.list()).find((file) => file.name === pixelsName(name))?.bytes ?? 0
      if ((await this.drawer.remove(pixelsName(name))) && (await this.drawer.remove(listName(name)))) freed += bytes
    }
    return freed
  }

  /** Whether somebody has it open to himself. */
  async #busy(name: string): Promise<boolean> {
    const file = await this.drawer.open(listName(name), 'write')
    file?.close()
    return file === null
  }

  async #packNames(): Promise<string[]> {
    const files = await this.drawer.list()
    return files.flatMap(({ name }) => (name.endsWith('.list') ? [name.slice(0, -'.list'.length)] : []))
  }

  async #label(id: string): Promise<Label | null> {
    const text = await this.drawer.text(id + ALBUM, LABEL_BYTES)
    try {
      return labelSchema.parse(JSON.parse(text?.split('\n', 1)[0] ?? 'null'))
    } catch {
      return null
    }
  }
}
