/** Where the pictures of an album have gone: how many are learned from or measured on, and why the others are not. */
import type { AlbumInfo, ArrangedInfo } from '../../lab/protocol-images'
import { keysOf, OUT } from './shown'

/** Why a picture takes no part; the first that holds, in this order. */
export const WHY_OUT = ['byHand', 'noClass', 'excluded', 'twoClasses', 'again', 'shots'] as const
export type WhyOut = (typeof WHY_OUT)[number]

export interface Account {
  readonly found: number
  readonly used: number
  /** found = used + the sum of these; reasons without a picture are left out. */
  readonly out: readonly { readonly why: WhyOut; readonly count: number }[]
}

export function accountOf(album: AlbumInfo, arranged: ArrangedInfo): Account {
  const { arrangement, leftOut, splits } = arranged
  const keys = keysOf(album, arranged)
  const excluded = new Set(arrangement.classes.filter(({ included }) => !included).map(({ key }) => key))
  const byHand = new Set(arrangement.without)
  const inTwo = new Set(leftOut.filter(({ reason }) => reason.includes(' lies in ')).map(({ path }) => path))
  const again = new Set(leftOut.map(({ path }) => path))
  const counts = new Map<WhyOut, number>()
  album.paths.forEach((path, i) => {
    if (splits[i] !== OUT) return
    const key = keys[i] ?? null
    const why: WhyOut = byHand.has(album.digests[i]!)
      ? 'byHand'
      : key === null
        ? 'noClass'
        : excluded.has(key)
          ? 'excluded'
          : inTwo.has(path)
            ? 'twoClasses'
            : again.has(path)
              ? 'again'
              : 'shots'
    counts.set(why, (counts.get(why) ?? 0) + 1)
  })
  const out = WHY_OUT.flatMap((why) => (counts.has(why) ? [{ why, count: counts.get(why)! }] : []))
  const found = album.paths.length
  return { found, used: out.reduce((left, { count }) => left - count, found), out }
}
