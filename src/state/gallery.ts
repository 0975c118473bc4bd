/** The test pictures that the border fixed and broke, fetched a page at a time after a run. */
import { createStore } from 'zustand/vanilla'
import type { PictureInfo } from '../lab/protocol'
import { lab } from './connection'
import { runStore } from './run'
import { openRunStore } from './runs'
import { troubleOf, type Trouble } from './trouble'

export const GALLERY_PAGE = 18

export type Side = 'fixed' | 'broken'

export interface GalleryState {
  readonly fixed: readonly PictureInfo[]
  readonly broken: readonly PictureInfo[]
  readonly trouble: Trouble | null
}

const empty: GalleryState = { fixed: [], broken: [], trouble: null }

export const galleryStore = createStore<GalleryState>(() => empty)

/**
 * The page of indices that follows the first `have`. Test pictures lie class by class, so a page is not a stretch of
 * them but one in so many: it shows all classes that changed.
 */
export function pageOf(indices: readonly number[], have: number): readonly number[] {
  const pages = Math.ceil(indices.length / GALLERY_PAGE)
  const spread = Array.from({ length: pages }, (_, page) => indices.filter((_, i) => i % pages === page)).flat()
  return spread.slice(have, have + GALLERY_PAGE)
}

/** Fetches the next page of one side. */
export async function showMore(side: Side): Promise<void> {
  const { result } = runStore.getState()
  // Of a kept run whose images are not loaded there are only numbers: what is loaded are other pictures.
  if (!result || openRunStore.getState().missing.includes('task')) return
  const have = galleryStore.getState()[side].length
  const indices = pageOf(result[side], have)
  if (indices.length === 0) return
  try {
    const pictures = await lab().call('pictures', { split: 'test', indices })
    if (runStore.getState().result !== result) return
    galleryStore.setState((now) => ({ ...now, [side]: [...now[side].slice(0, have), ...pictures] }))
  } catch (error) {
    galleryStore.setState({ trouble: troubleOf(error) })
  }
}

/** Empties the galleries when a run begins and fills their first page when one ends. Returns the undoing. */
export function followGallery(): () => void {
  return runStore.subscribe(({ result }, before) => {
    if (result === before.result) return
    galleryStore.setState(empty)
    if (!result) return
    void showMore('fixed').then(() => showMore('broken'))
  })
}
