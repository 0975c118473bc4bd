/**
 * What a person makes of an album: which classes there are and what they are called, which pictures belong to them, the
 * template, the splits. An immutable value; each edit is a pure function from one to the next, so that undo is looking back.
 * `arrange.ts` makes a task of an album and an arrangement.
 */

export interface ArrangedClass {
  /** Stays the same through every edit: the folder that the class came from, or the name it was made with. */
  readonly key: string
  /** Put into the template. */
  readonly name: string
  /** Folders of the album whose pictures it takes; empty for a class made by hand. */
  readonly folders: readonly string[]
  readonly included: boolean
}

export interface SplitRule {
  /** given: as train, val and test folders say, and what they lack is drawn from train. chance: all is drawn. */
  readonly from: 'given' | 'chance'
  readonly seed: number
  /** Shares of each class, of 1; what they leave is for training. */
  readonly val: number
  readonly test: number
  /** Of what is for training, only so many of each class (k-shot); null takes all. */
  readonly shots: number | null
  /** Near-duplicates go into the same split. */
  readonly together: boolean
}

export interface Arrangement {
  /** In the order of the task's class numbers. */
  readonly classes: readonly ArrangedClass[]
  /** Text template with one `{}`. */
  readonly template: string
  /** Class key of pictures labelled by hand, by the digest of the file; goes before the folder they lie in. */
  readonly labels: Readonly<Record<string, string>>
  /** Digests of pictures taken out by hand. */
  readonly without: readonly string[]
  readonly split: SplitRule
}

export const DEFAULT_SPLIT: SplitRule = {
  from: 'given',
  seed: 0,
  val: 0.2,
  test: 0.2,
  shots: null,
  together: false,
}

/** The template of the visual-prompting reference code: no full stop. */
export const DEFAULT_TEMPLATE = 'This is a photo of a {}'

const withClasses = (of: Arrangement, classes: readonly ArrangedClass[]): Arrangement => ({ ...of, classes })

const mapClass = (of: Arrangement, key: string, change: (one: ArrangedClass) => ArrangedClass): Arrangement =>
  withClasses(
    of,
    of.classes.map((one) => (one.key === key ? change(one) : one)),
  )

export const renameClass = (of: Arrangement, key: string, name: string): Arrangement =>
  name.trim() === '' ? of : mapClass(of, key, (one) => ({ ...one, name: name.trim() }))

export const includeClasses = (of: Arrangement, keys: ReadonlySet<string>, included: boolean): Arrangement =>
  withClasses(
    of,
    of.classes.map((one) => (keys.has(one.key) ? { ...one, included } : one)),
  )

/** Makes one class of several: the first of them, with its name, takes the pictures of the others. */
export function mergeClasses(of: Arrangement, keys: ReadonlySet<string>): Arrangement {
  const [first, ...others] = of.classes.filter(({ key }) => keys.has(key))
  if (!first || others.length === 0) return of
  const gone = new Set(others.map(({ key }) => key))
  const merged: ArrangedClass = {
    ...first,
    folders: [first, ...others].flatMap(({ folders }) => folders),
    included: [first, ...others].some(({ included }) => included),
  }
  const labels = Object.entries(of.labels).map(([digest, key]) => [digest, gone.has(key) ? first.key : key] as const)
  return {
    ...of,
    labels: Object.fromEntries(labels),
    classes: of.classes.filter(({ key }) => !gone.has(key)).map((one) => (one === first ? merged : one)),
  }
}

/** Undoes merging: each folder of a class is a class again, called `nameOf(folder)`. Pictures labelled by hand stay. */
export function splitClass(of: Arrangement, key: string, nameOf: (folder: string) => string): Arrangement {
  const one = of.classes.find((c) => c.key === key)
  if (!one || one.folders.length < 2) return of
  const own = one.folders.includes(one.key) ? one.key : one.folders[0]!
  const taken = new Set(of.classes.map((c) => c.key))
  const parts = one.folders.map((folder): ArrangedClass => {
    if (folder === own) return { ...one, folders: [folder] }
    return { key: freeKey(folder, taken), name: nameOf(folder), folders: [folder], included: one.included }
  })
  return withClasses(
    of,
    of.classes.flatMap((c) => (c === one ? parts : [c])),
  )
}

/** Moves classes, in their order, to before or after another. */
export function moveClasses(
  of: Arrangement,
  keys: ReadonlySet<string>,
  target: string,
  place: 'before' | 'after',
): Arrangement {
  if (keys.has(target)) return of
  const moved = of.classes.filter(({ key }) => keys.has(key))
  const rest = of.classes.filter(({ key }) => !keys.has(key))
  const at = rest.findIndex(({ key }) => key === target)
  if (at < 0 || moved.length === 0) return of
  const cut = place === 'before' ? at : at + 1
  return withClasses(of, [...rest.slice(0, cut), ...moved, ...rest.slice(cut)])
}

/** Gives pictures a class, made where there is none of this name yet. */
export function labelPictures(of: Arrangement, digests: readonly string[], name: string): Arrangement {
  const wanted = name.trim()
  if (wanted === '' || digests.length === 0) return of
  const known = of.classes.find((one) => one.name === wanted)
  const key = known?.key ?? freeKey(wanted, new Set(of.classes.map((one) => one.key)))
  const classes = known ? of.classes : [...of.classes, { key, name: wanted, folders: [], included: true }]
  const labels = { ...of.labels, ...Object.fromEntries(digests.map((digest) => [digest, key])) }
  const back = new Set(digests)
  return { ...of, classes, labels, without: of.without.filter((digest) => !back.has(digest)) }
}

/** Takes back what was said of pictures: they belong to the class they came with, or to none. */
export function unlabelPictures(of: Arrangement, digests: readonly string[]): Arrangement {
  const gone = new Set(digests)
  const labels = Object.fromEntries(Object.entries(of.labels).filter(([digest]) => !gone.has(digest)))
  return { ...of, labels }
}

export function takeOutPictures(of: Arrangement, digests: readonly string[], out: boolean): Arrangement {
  const named = new Set(digests)
  const rest = of.without.filter((digest) => !named.has(digest))
  return { ...of, without: out ? [...rest, ...named] : rest }
}

export const setTemplate = (of: Arrangement, template: string): Arrangement => ({ ...of, template })

export const setSplit = (of: Arrangement, change: Partial<SplitRule>): Arrangement => ({
  ...of,
  split: { ...of.split, ...change },
})

function freeKey(wanted: string, taken: ReadonlySet<string>): string {
  let key = wanted
  for (let n = 2; taken.has(key); n++) key = `${wanted} (${n})`
  return key
}
