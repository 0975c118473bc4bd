/**
 * Small pictures of the open album, asked of the lab in handfuls: those wanted last come first, and those no longer wanted
 * when their turn comes are not asked for. Outside any store: a canvas waits for its own picture only.
 */
import type { AlbumInfo, Thumbnail } from '../lab/protocol-images'
import { lab } from './connection'
import { imagesStore } from './images-store'

/** Side asked for, pixels: twice a cell's, for dense screens. */
export const THUMBNAIL_SIDE = 112
const HANDFUL = 24
/** So many are remembered: some screens full. */
const REMEMBERED = 1500

type Waiting = (thumbnail: Thumbnail) => void

let of: AlbumInfo | null = null
const known = new Map<number, Thumbnail>()
const wanted = new Map<number, Set<Waiting>>()
let asking = false

/** Tells `ready` the picture, at once where it is known. Returns the taking back. */
export function wantThumbnail(image: number, ready: Waiting): () => void {
  forget()
  const here = known.get(image)
  if (here) {
    ready(here)
    return () => undefined
  }
  const waiting = wanted.get(image) ?? new Set()
  // Deleted and set again: what is wanted last stands last.
  wanted.delete(image)
  wanted.set(image, waiting.add(ready))
  void ask()
  return () => {
    waiting.delete(ready)
    if (waiting.size === 0) wanted.delete(image)
  }
}

async function ask(): Promise<void> {
  if (asking) return
  asking = true
  // What is wanted in one go is asked for in one go.
  await Promise.resolve()
  try {
    while (wanted.size > 0) {
      const images = [...wanted.keys()].slice(-HANDFUL).reverse()
      const album = of
      const found = await lab().call('thumbnails', { images, side: THUMBNAIL_SIDE })
      if (album !== of) continue
      for (const one of found) {
        remember(one)
        for (const ready of wanted.get(one.image) ?? []) ready(one)
        wanted.delete(one.image)
      }
    }
  } catch {
    // The album has been closed meanwhile, or the lab is gone, which says so elsewhere.
    wanted.clear()
  } finally {
    asking = false
  }
}

function remember(one: Thumbnail): void {
  // What is closed now is open when the run has finished.
  if (one.rgba === null) return
  known.set(one.image, one)
  if (known.size <= REMEMBERED) return
  const [oldest] = known.keys()
  known.delete(oldest!)
}

function forget(): void {
  const { album } = imagesStore.getState()
  if (album === of) return
  of = album
  known.clear()
  wanted.clear()
}
