/**
 * Pictures that are nearly the same: scaled, packed again, a frame later. Hashes at a Hamming distance of at most 4 agree
 * in at least one of five bands (pigeonhole), so that only pictures of one bucket are compared; of those whose hashes are
 * near, the small grey copies decide, since drawings on plain ground share hashes without being alike.
 */
import type { Signature } from './signature'

export const MAX_DISTANCE = 4
/** Largest mean difference of the grey copies, of 255. */
export const MAX_GREY = 4

/** Bits of each band: from, width. */
const BANDS = [
  [0, 13],
  [13, 13],
  [26, 13],
  [39, 13],
  [52, 12],
] as const

/**
 * Of a bucket larger than this, each picture is compared with its next ones only: a set of ten thousand blank pages must not
 * take a hundred million comparisons.
 */
const NEIGHBOURS = 400

/**
 * Groups of near-duplicates among pictures.
 * @returns groups of two and more indices, ascending, by their first
 */
export function nearDuplicates(signatures: readonly Signature[]): readonly (readonly number[])[] {
  const parent = Int32Array.from(signatures, (_, i) => i)
  const rootOf = (of: number): number => {
    let root = of
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  for (const [from, width] of BANDS) {
    for (const bucket of buckets(signatures, from, width)) {
      bucket.forEach((a, at) => {
        const until = Math.min(bucket.length, at + 1 + NEIGHBOURS)
        for (let k = at + 1; k < until; k++) {
          const b = bucket[k]!
          const [rootA, rootB] = [rootOf(a), rootOf(b)]
          if (rootA !== rootB && alike(signatures[a]!, signatures[b]!)) {
            parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB)
          }
        }
      })
    }
  }
  const groups = new Map<number, number[]>()
  signatures.forEach((_, i) => {
    const root = rootOf(i)
    const group = groups.get(root)
    if (group) group.push(i)
    else groups.set(root, [i])
  })
  return [...groups.values()].filter(({ length }) => length > 1)
}

export function alike(a: Signature, b: Signature): boolean {
  if (distance(a.hash, b.hash) > MAX_DISTANCE) return false
  let sum = 0
  for (let i = 0; i < a.grey.length; i++) sum += Math.abs(a.grey[i]! - b.grey[i]!)
  return sum <= MAX_GREY * a.grey.length
}

/** Bits that differ. */
export function distance(a: Signature['hash'], b: Signature['hash']): number {
  return ones(a[0] ^ b[0]) + ones(a[1] ^ b[1])
}

function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function buckets(signatures: readonly Signature[], from: number, width: number): Iterable<readonly number[]> {
  const found = new Map<number, number[]>()
  signatures.forEach(({ hash: [low, high] }, i) => {
    const key = band(low, high, from, width)
    const bucket = found.get(key)
    if (bucket) bucket.push(i)
    else found.set(key, [i])
  })
  return [...found.values()].filter(({ length }) => length > 1)
}

function band(low: number, high: number, from: number, width: number): number {
  const mask = (1 << width) - 1
  if (from + width <= 32) return (low >>> from) & mask
  if (from >= 32) return (high >>> (from - 32)) & mask
  return ((low >>> from) | (high << (32 - from))) & mask
}
