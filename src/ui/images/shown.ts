/** Which pictures of the album the grid shows: by class, split, and whether the last run got them right. */
import { SPLITS } from '../../data/task'
import type { AlbumInfo, ArrangedInfo } from '../../lab/protocol-images'
import type { PictureFilter } from '../../state/images-store'

export const OUT = 255

/** Key of the class of each image; null for none. Excluded classes count: their pictures can be looked at. */
export function keysOf(album: AlbumInfo, { arrangement }: ArrangedInfo): (string | null)[] {
  const byFolder = new Map(
    arrangement.classes.flatMap(({ key, folders }) => folders.map((folder) => [folder, key] as const)),
  )
  return album.digests.map((digest, i) => {
    const folder = album.folders[album.folderOf[i]!]
    return arrangement.labels[digest] ?? (folder === undefined ? null : (byFolder.get(folder) ?? null))
  })
}

/** @param right whether a run got a path right; unknown for those it was not asked */
export function shownImages(
  album: AlbumInfo,
  arranged: ArrangedInfo,
  keys: readonly (string | null)[],
  { label, split, verdict }: PictureFilter,
  right: ReadonlyMap<string, boolean>,
): number[] {
  const wanted = split === null ? null : split === 'out' ? OUT : SPLITS.indexOf(split)
  const found: number[] = []
  album.paths.forEach((path, i) => {
    if (label !== null && (label === 'none' ? keys[i] !== null : keys[i] !== label)) return
    if (wanted !== null && arranged.splits[i] !== wanted) return
    if (verdict !== null && right.get(path) !== (verdict === 'right')) return
    found.push(i)
  })
  return found
}
