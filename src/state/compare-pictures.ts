/**
 * Pictures of a comparison, fetched as they come into sight: those asked for in one turn go in one command. The lab has them
 * only where the images of the comparison are the ones loaded; it refuses test images while a run goes on.
 */
import type { Split } from '../data/task'
import type { PictureInfo } from '../lab/protocol'
import { lab } from './connection'
import { taskStore } from './task'

/** Most pictures that are held: of 224 pixels, 60 MB. */
const MOST = 400
const BATCH = 48

/** Whether the images with this fingerprint are the ones loaded. */
export const imagesAreHere = (fingerprint: string): boolean => taskStore.getState().info?.fingerprint === fingerprint

type Listener = () => void

export class PictureShelf {
  #kept = new Map<number, PictureInfo>()
  #wanted = new Set<number>()
  #fetching = false
  #listeners = new Set<Listener>()

  constructor(
    readonly fingerprint: string,
    readonly split: Split,
  ) {}

  /** The picture at this index of the split; null until it has come. */
  get(index: number): PictureInfo | null {
    return this.#kept.get(index) ?? null
  }

  /** Asks for it; listeners hear when it is there. */
  want(index: number): void {
    if (this.#kept.has(index) || this.#wanted.has(index)) return
    this.#wanted.add(index)
    if (!this.#fetching) void this.#fetch()
  }

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #fetch(): Promise<void> {
    this.#fetching = true
    // What is asked for in the same turn goes along.
    await Promise.resolve()
    while (this.#wanted.size > 0 && imagesAreHere(this.fingerprint)) {
      const indices = [...this.#wanted].slice(0, BATCH)
      try {
        for (const picture of await lab().call('pictures', { split: this.split, indices })) {
          this.#kept.set(picture.index, picture)
        }
      } catch {
        // Closed, or other images by now: the places stay empty, and the captions say all that is known.
      }
      for (const index of indices) this.#wanted.delete(index)
      for (const oldest of [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - MOST)))
        this.#kept.delete(oldest)
      for (const listener of this.#listeners) listener()
    }
    // Asked for again when these images are loaded.
    this.#wanted.clear()
    this.#fetching = false
  }
}
