/**
 * An album: what was dropped, read once. It never changes; what a person makes of it (names, merged classes, splits) is an
 * `Arrangement` over it.
 */
import { z } from 'zod'
import { sha256 } from '../models/sha256'
import { SPLITS, type SkippedFile, type Split } from './task'

export interface AlbumImage {
  /** Inside what was dropped, segments joined by "/". */
  readonly path: string
  /** sha256 of the file, hex. */
  readonly digest: string
  /** Of the file; 0 where only its pixels came, in a project. */
  readonly bytes: number
  /** Of the picture, upright; pixels. */
  readonly width: number
  readonly height: number
  /** The class it came with, by its folder or by a CSV; null for a loose picture. */
  readonly folder: string | null
  /** The split it came with; null where it came with none. */
  readonly split: Split | null
}

export interface Album {
  /** sha256 over the images' paths, digests, folders and splits, hex. */
  readonly id: string
  /** For people. */
  readonly name: string
  /** Classes that images came with, in code-unit order, as Python's `sorted` has them. */
  readonly folders: readonly string[]
  /** In the code-unit order of their paths: the order of dropping does not count. */
  readonly images: readonly AlbumImage[]
  readonly skipped: readonly SkippedFile[]
}

/** By code units, not by locale: order is part of the fingerprint. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export async function makeAlbum(
  name: string,
  images: readonly AlbumImage[],
  skipped: readonly SkippedFile[],
): Promise<Album> {
  const sorted = [...images].sort((a, b) => byCodeUnits(a.path, b.path))
  const lines = sorted.map(({ path, digest, folder, split }) => JSON.stringify([path, digest, folder, split]))
  return {
    id: await sha256(new TextEncoder().encode(lines.join('\n'))),
    name,
    folders: [...new Set(sorted.flatMap(({ folder }) => (folder === null ? [] : [folder])))].sort(byCodeUnits),
    images: sorted,
    skipped: [...skipped].sort((a, b) => byCodeUnits(a.path, b.path)),
  }
}

const row = z.tuple([
  z.string().min(1),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.int().min(0),
  z.int().positive(),
  z.int().positive(),
  z.int().min(-1),
  z.int().min(-1).max(2),
])
const keptSchema = z.object({
  name: z.string(),
  folders: z.array(z.string()),
  images: z.array(row),
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
})

/** As it is kept: one row an image. */
export function formatAlbum({ name, folders, images, skipped }: Album): string {
  const at = new Map(folders.map((folder, i) => [folder, i]))
  const rows = images.map((image): z.infer<typeof row> => [
    image.path,
    image.digest,
    image.bytes,
    image.width,
    image.height,
    image.folder === null ? -1 : at.get(image.folder)!,
    image.split === null ? -1 : SPLITS.indexOf(image.split),
  ])
  return JSON.stringify({ name, folders, images: rows, skipped })
}

/** @returns null where the text is not an album, or not the one of this id */
export async function parseAlbum(id: string, text: string): Promise<Album | null> {
  let kept: z.infer<typeof keptSchema>
  try {
    kept = keptSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
  const images = kept.images.map(([path, digest, bytes, width, height, folder, split]): AlbumImage => ({
    ...{ path, digest, bytes, width, height },
    folder: kept.folders[folder] ?? null,
    split: SPLITS[split] ?? null,
  }))
  const album = await makeAlbum(kept.name, images, kept.skipped)
  return album.id === id ? album : null
}
