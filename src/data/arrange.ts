/**
 * An album and an arrangement make a task: which picture belongs to which class and split, which are left out and why, and
 * what a person should be told before learning. A pure function; no picture is looked at.
 */
import { checkArranged, type ClassifiedTrouble } from './arrange-check'
import { DEFAULT_SPLIT, DEFAULT_TEMPLATE, type Arrangement, type SplitRule } from './arrangement'
import type { Album, AlbumImage } from './album'
import { Random } from './random'
import { seedFor, stratify } from './split'
import { SPLITS, type SkippedFile, type Split, type TaskClass } from './task'
import { cleanClassName } from '../models/class-names'

export interface Arranged {
  /** Included classes, in order. */
  readonly classes: readonly (TaskClass & { readonly key: string })[]
  /** Class of each image of the album; -1 for those of no class or an excluded one, and those left out. */
  readonly labels: Int32Array
  /** Index into SPLITS of each image, or 255 for those that take no part. */
  readonly splits: Uint8Array
  /** Indices of the album's images, by split, in order. */
  readonly members: Readonly<Record<Split, readonly number[]>>
  /** Left out by what they are: duplicates, and pictures in two classes. */
  readonly leftOut: readonly SkippedFile[]
  /** Images of no class. */
  readonly unlabelled: readonly number[]
  /** Groups of near-duplicates that lie in more than one split, as image indices. */
  readonly leaks: readonly (readonly number[])[]
  /** Decided the split; null where all of it came with the images. */
  readonly splitSeed: number | null
  /** Why nothing can be learned from this; empty where it can. */
  readonly problems: readonly ClassifiedTrouble[]
  /** Worth knowing before learning. */
  readonly warnings: readonly ClassifiedTrouble[]
}

export const NO_SPLIT = 255

export function defaultArrangement(album: Album, change: Partial<SplitRule> = {}): Arrangement {
  return {
    classes: album.folders.map((folder) => ({
      ...{ key: folder, name: cleanClassName(folder), folders: [folder] },
      included: true,
    })),
    template: DEFAULT_TEMPLATE,
    labels: {},
    without: [],
    split: { ...DEFAULT_SPLIT, ...change },
  }
}

/** @param near groups of near-duplicates, as indices of the album's images */
export function arrange(album: Album, of: Arrangement, near: readonly (readonly number[])[]): Arranged {
  const { images } = album
  const keyOf = classKeys(of, images)
  const { taken, leftOut } = withoutDuplicates(of, images, keyOf)
  const included = of.classes.filter((one) => one.included)
  const number = new Map(included.map(({ key }, i) => [key, i]))

  const drawn = drawSplits(album, of.split, keyOf, near)
  const labels = new Int32Array(images.length).fill(-1)
  const splits = new Uint8Array(images.length).fill(NO_SPLIT)
  for (const i of taken) {
    labels[i] = number.get(keyOf[i] ?? '') ?? -1
    if (labels[i] >= 0 && drawn[i]) splits[i] = SPLITS.indexOf(drawn[i])
  }
  fewShots(included, of.split, labels, splits)

  const members = Object.fromEntries(
    SPLITS.map((split, s) => [split, images.flatMap((_, i) => (splits[i] === s ? [i] : []))]),
  ) as Record<Split, number[]>
  const given = SPLITS.every((split) => members[split].every((i) => images[i]!.split === split))
  const out = new Set(of.without)
  const arranged = {
    classes: included.map(({ key, name }) => ({ key, folder: key, name })),
    labels,
    splits,
    members,
    leftOut,
    unlabelled: images.flatMap(({ digest }, i) => (keyOf[i] === null && !out.has(digest) ? [i] : [])),
    leaks: near.filter((group) => new Set(group.map((i) => splits[i]).filter((s) => s !== NO_SPLIT)).size > 1),
    splitSeed: given && of.split.shots === null ? null : of.split.seed,
  }
  return { ...arranged, ...checkArranged(arranged, of.template) }
}

/** Class key of each image; null for none. */
function classKeys(of: Arrangement, images: readonly AlbumImage[]): (string | null)[] {
  const byFolder = new Map(of.classes.flatMap(({ key, folders }) => folders.map((folder) => [folder, key] as const)))
  const keys = new Set(of.classes.map(({ key }) => key))
  return images.map(({ digest, folder }) => {
    const byHand = of.labels[digest]
    if (byHand !== undefined && keys.has(byHand)) return byHand
    return folder === null ? null : (byFolder.get(folder) ?? null)
  })
}

/**
 * Of the same file twice in one class the first is taken; the same file in two classes is taken for neither, since one of
 * them is wrong.
 */
function withoutDuplicates(of: Arrangement, images: readonly AlbumImage[], keyOf: readonly (string | null)[]) {
  const out = new Set(of.without)
  const names = new Map(of.classes.map(({ key, name }) => [key, name]))
  const excluded = new Set(of.classes.filter(({ included }) => !included).map(({ key }) => key))
  const byDigest = new Map<string, number[]>()
  images.forEach(({ digest }, i) => {
    const key = keyOf[i]
    if (out.has(digest) || key === null || key === undefined || excluded.has(key)) return
    const same = byDigest.get(digest)
    if (same) same.push(i)
    else byDigest.set(digest, [i])
  })
  const taken: number[] = []
  const leftOut: SkippedFile[] = []
  for (const same of byDigest.values()) {
    const [first, ...others] = same as [number, ...number[]]
    const other = others.find((i) => keyOf[i] !== keyOf[first])
    if (other !== undefined) {
      const both = `the same picture lies in "${names.get(keyOf[first]!)}" and in "${names.get(keyOf[other]!)}"`
      leftOut.push(...same.map((i) => ({ path: images[i]!.path, reason: both })))
      continue
    }
    taken.push(first)
    leftOut.push(
      ...others.map((i) => ({ path: images[i]!.path, reason: `the same picture as ${images[first]!.path}` })),
    )
  }
  return { taken: taken.sort((a, b) => a - b), leftOut }
}

/**
 * The split of each image. What is drawn is drawn for each folder that the album came with, whatever has become of it: to
 * rename, merge, exclude or move a class moves no picture to another split.
 */
function drawSplits(
  album: Album,
  rule: SplitRule,
  keyOf: readonly (string | null)[],
  near: readonly (readonly number[])[],
): (Split | null)[] {
  const { images, folders } = album
  const drawn = images.map(({ split }): Split | null => (rule.from === 'given' ? split : null))
  const given = new Set(drawn)
  const shares = (['val', 'test'] as const)
    .filter((split) => !given.has(split) && rule[split] > 0)
    .map((name) => ({ name, fraction: rule[name] }))
  const rest = 1 - shares.reduce((sum, { fraction }) => sum + fraction, 0)
  const parts = [{ name: 'train' as const, fraction: rest }, ...shares]
  const draw = (pool: readonly number[], labels: readonly number[], seed: number) =>
    stratify<Split>(labels, parts, seed).forEach((split, k) => (drawn[pool[k]!] = split))

  const leader = leaders(album, rule, near, keyOf, drawn)
  const open = images.flatMap((_, i) => (leader[i] === i && (drawn[i] === null || drawn[i] === 'train') ? [i] : []))
  const order = new Map(folders.map((folder, i) => [folder, i]))
  const inFolders = open.filter((i) => images[i]!.folder !== null)
  draw(
    inFolders,
    inFolders.map((i) => order.get(images[i]!.folder!)!),
    rule.seed,
  )
  const byHand = new Map<string, number[]>()
  for (const i of open) {
    const key = keyOf[i]
    if (images[i]!.folder !== null || typeof key !== 'string') continue
    const pool = byHand.get(key)
    if (pool) pool.push(i)
    else byHand.set(key, [i])
  }
  for (const [key, pool] of byHand) {
    draw(
      pool,
      pool.map(() => 0),
      seedFor(rule.seed, key),
    )
  }
  leader.forEach((first, i) => {
    if (first !== i) drawn[i] = drawn[first]!
  })
  return drawn
}

/**
 * The image whose split each takes: its own, or where near-duplicates stay together, that of one of its group: one whose split
 * is given for evaluation, else the first. Groups are then drawn whole, and shares count groups.
 */
function leaders(
  { images }: Album,
  { together }: SplitRule,
  near: readonly (readonly number[])[],
  keyOf: readonly (string | null)[],
  drawn: readonly (Split | null)[],
): Int32Array {
  const leader = Int32Array.from(images, (_, i) => i)
  if (!together) return leader
  for (const group of near) {
    const drawable = group.filter((i) => images[i]!.folder !== null || keyOf[i] !== null)
    const first = drawable.find((i) => drawn[i] === 'val' || drawn[i] === 'test') ?? drawable[0]
    if (first !== undefined) for (const i of drawable) leader[i] = first
  }
  return leader
}

/** Of the training images of each class, `shots` drawn by chance stay; fewer shots are a part of more. */
function fewShots(of: readonly { key: string }[], { seed, shots }: SplitRule, labels: Int32Array, splits: Uint8Array) {
  if (shots === null) return
  of.forEach(({ key }, label) => {
    const train = Array.from(labels.keys()).filter((i) => labels[i] === label && splits[i] === 0)
    for (const i of new Random(seedFor(seed, key)).shuffle(train).slice(shots)) splits[i] = NO_SPLIT
  })
}
