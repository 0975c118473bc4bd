/** The open album as the page knows it, what was made of it, and how the person got there. Actions: `images.ts`. */
import { createStore } from 'zustand/vanilla'
import type { Arrangement } from '../data/arrangement'
import type { AlbumInfo, AlbumsReport, ArrangedInfo, IntakeEvent, OpenedAlbum } from '../lab/protocol-images'
import type { Trouble } from './trouble'

export type Intake = Omit<IntakeEvent, 'type'>

/** Which pictures the grid shows; null shows all. */
export interface PictureFilter {
  /** Key of a class, or 'none' for pictures without one. */
  readonly label: string | null
  readonly split: 'train' | 'val' | 'test' | 'out' | null
  readonly verdict: 'right' | 'wrong' | null
}

export interface ImagesState {
  /** What is being read, until it stands. */
  readonly opening: { readonly name: string; readonly intake: Intake | null; readonly listed: number } | null
  readonly album: AlbumInfo | null
  /** As the person wants it: the lab follows. */
  readonly arrangement: Arrangement | null
  /** What the lab made of it; of an earlier one while `arranging`. */
  readonly arranged: ArrangedInfo | null
  readonly arranging: boolean
  readonly past: readonly Arrangement[]
  readonly future: readonly Arrangement[]
  readonly filter: PictureFilter
  readonly kept: AlbumsReport | null
  readonly trouble: Trouble | null
}

export const NO_FILTER: PictureFilter = { label: null, split: null, verdict: null }

export const initialImages: ImagesState = {
  opening: null,
  album: null,
  arrangement: null,
  arranged: null,
  arranging: false,
  past: [],
  future: [],
  filter: NO_FILTER,
  kept: null,
  trouble: null,
}

export const imagesStore = createStore<ImagesState>(() => initialImages)

/** Another album is open, as it has just been arranged. */
export function showOpened({ album, arranged }: OpenedAlbum): void {
  const { kept } = imagesStore.getState()
  imagesStore.setState({ ...initialImages, kept, album, arranged, arrangement: arranged.arrangement })
}

/** Nothing is known of the open album: it was opened without being looked at. */
export function forgetOpened(): void {
  const { kept, opening } = imagesStore.getState()
  imagesStore.setState({ ...initialImages, kept, opening })
}

export function showOpening(name: string): void {
  imagesStore.setState({ opening: { name, intake: null, listed: 0 }, trouble: null })
}

export function showListed(listed: number): void {
  const { opening } = imagesStore.getState()
  if (opening) imagesStore.setState({ opening: { ...opening, listed } })
}

export function showIntake({ done, total, decoded, skipped }: Intake): void {
  const { opening } = imagesStore.getState()
  if (opening) imagesStore.setState({ opening: { ...opening, intake: { done, total, decoded, skipped } } })
}

export const endOpening = (): void => imagesStore.setState({ opening: null })
