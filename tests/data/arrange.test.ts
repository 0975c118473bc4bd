/** Arrangements: what each edit does to a task, what none of them does, and what a person is told. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byCodeUnits, type Album, type AlbumImage } from '../../src/data/album'
import { arrange, defaultArrangement, NO_SPLIT, type Arranged } from '../../src/data/arrange'
import {
  includeClasses,
  labelPictures,
  mergeClasses,
  moveClasses,
  renameClass,
  setSplit,
  setTemplate,
  splitClass,
  takeOutPictures,
  unlabelPictures,
  type Arrangement,
} from '../../src/data/arrangement'
import { checkArrangement } from '../../src/data/arrangement-schema'
import { SPLITS, type Split } from '../../src/data/task'

const image = (path: string, folder: string | null, split: Split | null = null, digest = path): AlbumImage => ({
  ...{ path, folder, split, digest, bytes: 1, width: 20, height: 20 },
})
const albumOf = (images: readonly AlbumImage[]): Album => ({
  ...{ id: 'id', name: 'album', skipped: [], images: [...images].sort((a, b) => byCodeUnits(a.path, b.path)) },
  folders: [...new Set(images.flatMap(({ folder }) => folder ?? []))].sort(byCodeUnits),
})
const classAlbum = (counts: Readonly<Record<string, number>>) =>
  albumOf(
    Object.entries(counts).flatMap(([folder, count]) =>
      Array.from({ length: count }, (_, i) => image(`${folder}/${String(i).padStart(3, '0')}`, folder)),
    ),
  )
const set = (...keys: string[]) => new Set(keys)
const splitsByPath = (album: Album, { splits }: Arranged) =>
  new Map(album.images.map(({ path }, i) => [path, splits[i]!] as const))
const sizes = ({ members }: Arranged) => SPLITS.map((split) => members[split].length)
const kinds = ({ warnings }: Arranged) => warnings.map(({ kind }) => kind)

describe('arrange', () => {
  const album = classAlbum({ ant: 10, bee: 20, Cat_1: 30 })
  const plain = defaultArrangement(album)

  it('takes folders as classes, in code-unit order, names cleaned, 60/20/20', () => {
    const arranged = arrange(album, plain, [])
    expect(arranged.classes.map(({ folder, name }) => [folder, name])).toEqual([
      ['Cat_1', 'cat 1'],
      ['ant', 'ant'],
      ['bee', 'bee'],
    ])
    expect(sizes(arranged)).toEqual([36, 12, 12])
    expect([arranged.splitSeed, arranged.problems, arranged.leftOut]).toEqual([0, [], []])
  })

  it('moves no picture to another split by renaming, merging, excluding or moving classes', () => {
    const edits: fc.Arbitrary<(now: Arrangement) => Arrangement>[] = [
      fc.constant((now) => renameClass(now, 'ant', 'formica')),
      fc.constant((now) => mergeClasses(now, set('bee', 'ant'))),
      fc.constant((now) => includeClasses(now, set('Cat_1'), false)),
      fc.constant((now) => includeClasses(now, set('Cat_1', 'bee'), true)),
      fc.constant((now) => moveClasses(now, set('bee'), 'Cat_1', 'before')),
      fc.constant((now) => moveClasses(now, set('Cat_1'), 'ant', 'after')),
      fc.constant((now) => splitClass(now, 'ant', (folder) => folder)),
      fc.constant((now) => splitClass(now, 'bee', (folder) => folder)),
    ]
    fc.assert(
      fc.property(fc.array(fc.oneof(...edits), { maxLength: 12 }), fc.nat(1000), (changes, seed) => {
        const seeded = setSplit(plain, { seed })
        const before = splitsByPath(album, arrange(album, seeded, []))
        const edited = changes.reduce((now, change) => change(now), seeded)
        const after = arrange(album, edited, [])
        expect(checkArrangement(edited)).toEqual(edited)
        for (const [path, split] of splitsByPath(album, after)) {
          if (split !== NO_SPLIT) expect(split).toBe(before.get(path))
        }
        // Each folder belongs to exactly one class, and every picture of an included class takes part.
        expect(edited.classes.flatMap(({ folders }) => folders).sort()).toEqual([...album.folders].sort())
        const included = new Set(edited.classes.flatMap(({ included: yes, folders }) => (yes ? folders : [])))
        const taken = album.images.filter(({ folder }) => included.has(folder!)).length
        expect(sizes(after).reduce((a, b) => a + b)).toBe(taken)
        after.labels.forEach((label, i) => {
          if (label >= 0) {
            const [one] = edited.classes.filter(({ key }) => key === after.classes[label]!.key)
            expect(one!.folders).toContain(album.images[i]!.folder)
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it('stratifies: every class has its shares in every split, whatever sizes and seed', () => {
    const counts = fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(counts, fc.nat(), fc.constantFrom(0.1, 0.2, 0.3), (all, seed, share) => {
        const some = classAlbum(Object.fromEntries(all.map((count, i) => [`c${i}`, count])))
        const rule = { seed, val: share, test: share }
        const arranged = arrange(some, setSplit(defaultArrangement(some), rule), [])
        all.forEach((count, c) => {
          const of = SPLITS.map((split) => arranged.members[split].filter((i) => arranged.labels[i] === c).length)
          const wanted = Math.max(1, Math.round(count * share))
          expect(of.reduce((a, b) => a + b)).toBe(count)
          expect(Math.min(...of)).toBeGreaterThan(0)
          expect(Math.abs(of[1]! - wanted) + Math.abs(of[2]! - wanted)).toBeLessThanOrEqual(1)
        })
        expect(arranged.problems).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('takes few shots of each class, nested in more, and says so by the seed', () => {
    const few = arrange(album, setSplit(plain, { shots: 4, seed: 9 }), [])
    const more = arrange(album, setSplit(plain, { shots: 8, seed: 9 }), [])
    expect(sizes(few)).toEqual([12, 12, 12])
    expect(sizes(more)[0]).toBe(6 + 8 + 8)
    for (const i of few.members.train) expect(more.members.train).toContain(i)
    expect(kinds(few)).toContain('tiny')
  })

  it('keeps given splits, draws what they lack, or draws all by chance', () => {
    const given = albumOf(
      ['a', 'b'].flatMap((folder) => [
        ...Array.from({ length: 10 }, (_, i) => image(`train/${folder}/${i}`, folder, 'train')),
        ...Array.from({ length: 4 }, (_, i) => image(`test/${folder}/${i}`, folder, 'test')),
      ]),
    )
    const of = defaultArrangement(given)
    expect(sizes(arrange(given, of, []))).toEqual([16, 4, 8])
    const chance = arrange(given, setSplit(of, { from: 'chance' }), [])
    expect(sizes(chance)).toEqual([16, 6, 6])
    expect(chance.splitSeed).toBe(0)
    const whole = albumOf([...given.images, image('val/a/1', 'a', 'val'), image('val/b/1', 'b', 'val')])
    expect(arrange(whole, defaultArrangement(whole), []).splitSeed).toBeNull()
  })

  it('takes the same file once in a class, and in two classes not at all, until they are merged', () => {
    const twice = albumOf([
      ...classAlbum({ a: 6, b: 6 }).images,
      image('a/again', 'a', null, 'a/001'),
      image('b/both', 'b', null, 'a/002'),
    ])
    const of = defaultArrangement(twice)
    const arranged = arrange(twice, of, [])
    expect(arranged.leftOut.map(({ path, reason }) => [path, reason.slice(0, 24)]).sort()).toEqual([
      ['a/002', 'the same picture lies in'],
      ['a/again', 'the same picture as a/00'],
      ['b/both', 'the same picture lies in'],
    ])
    expect(sizes(arranged).reduce((a, b) => a + b)).toBe(11)
    const merged = arrange(twice, mergeClasses(of, set('a', 'b')), [])
    expect(merged.leftOut.map(({ path }) => path).sort()).toEqual(['a/again', 'b/both'])
  })

  it('labels loose pictures by hand, takes that back, and takes pictures out', () => {
    const loose = albumOf(Array.from({ length: 12 }, (_, i) => image(`p${String(i).padStart(2, '0')}`, null)))
    const none = defaultArrangement(loose)
    expect(arrange(loose, none, []).problems[0]).toMatchObject({ kind: 'classes' })
    const digests = loose.images.map(({ digest }) => digest)
    const both = labelPictures(labelPictures(none, digests.slice(0, 6), ' left '), digests.slice(6), 'right')
    const arranged = arrange(loose, both, [])
    expect(arranged.classes.map(({ name }) => name)).toEqual(['left', 'right'])
    expect([arranged.problems, sizes(arranged)]).toEqual([[], [8, 2, 2]])
    const fewer = arrange(loose, takeOutPictures(unlabelPictures(both, [digests[0]!]), [digests[11]!], true), [])
    expect([fewer.unlabelled.length, sizes(fewer).reduce((a, b) => a + b)]).toEqual([1, 10])
    // A label by hand goes before the folder.
    const moved = labelPictures(plain, ['ant/000'], 'bee')
    expect(arrange(album, moved, []).labels[album.images.findIndex(({ path }) => path === 'ant/000')]).toBe(2)
  })

  it('keeps near-duplicates together when asked, and tells of those across splits when not', () => {
    const near = Array.from({ length: 15 }, (_, i) => [2 * i, 2 * i + 1])
    const apart = arrange(album, plain, near)
    expect(apart.leaks.length).toBeGreaterThan(0)
    expect(kinds(apart)).toContain('leak')
    const together = arrange(album, setSplit(plain, { together: true }), near)
    expect(together.leaks).toEqual([])
    expect(together.problems).toEqual([])
    // Drawn as groups: the shares stay.
    expect(sizes(together)[1]).toBeGreaterThanOrEqual(9)
    expect(sizes(together)[2]).toBeLessThanOrEqual(15)
  })

  it.each<[string, Arrangement, RegExp]>([
    ['a template without a place', setTemplate(plain, 'a photo'), /does not hold \{\} once/],
    ['a template with two', setTemplate(plain, '{} and {}'), /does not hold \{\} once/],
    ['one class', includeClasses(plain, set('ant', 'bee'), false), /one class only, "cat 1"/],
    ['no class', includeClasses(plain, set('ant', 'bee', 'Cat_1'), false), /have no classes yet/],
    ['two of one name', renameClass(plain, 'ant', 'BEE'), /Two classes are called/],
    ['no test', setSplit(plain, { test: 0 }), /no picture in the test split/],
  ])('refuses %s, with a remedy', (_, arrangement, says) => {
    const [problem] = arrange(album, arrangement, []).problems
    expect(problem!.message).toMatch(says)
    expect(problem!.remedy).toMatch(/\.$/)
  })

  it('warns of unbalanced classes and of pictures without a class', () => {
    const odd = albumOf([...classAlbum({ few: 12, many: 200 }).images, image('loose', null)])
    expect(kinds(arrange(odd, defaultArrangement(odd), []))).toEqual(['unbalanced', 'unlabelled'])
  })
})

describe('edits', () => {
  const plain = defaultArrangement(classAlbum({ a: 3, b: 3, c: 3 }))
  const keys = (of: Arrangement) => of.classes.map(({ key }) => key)

  it('that change nothing give the same value back', () => {
    expect(renameClass(plain, 'a', '  ')).toBe(plain)
    expect(mergeClasses(plain, set('a'))).toBe(plain)
    expect(moveClasses(plain, set('a'), 'a', 'before')).toBe(plain)
    expect(splitClass(plain, 'a', String)).toBe(plain)
    expect(labelPictures(plain, [], 'x')).toBe(plain)
  })

  it('move classes together, in their order', () => {
    expect(keys(moveClasses(plain, set('c', 'a'), 'b', 'after'))).toEqual(['b', 'a', 'c'])
    expect(keys(moveClasses(plain, set('c'), 'a', 'before'))).toEqual(['c', 'a', 'b'])
  })

  it('separate what was merged, with labels by hand following the merged class', () => {
    const merged = mergeClasses(labelPictures(plain, ['x'], 'c'), set('a', 'c'))
    expect(merged.classes[0]).toMatchObject({ key: 'a', folders: ['a', 'c'] })
    expect(merged.labels).toEqual({ x: 'a' })
    expect(keys(splitClass(merged, 'a', String))).toEqual(['a', 'c', 'b'])
  })

  it.each([
    [null],
    [{}],
    [{ ...plain, classes: [plain.classes[0], plain.classes[0]] }],
    [{ ...plain, split: { ...plain.split, val: 0.6, test: 0.5 } }],
    [{ ...plain, split: { ...plain.split, seed: 1.5 } }],
    [{ ...plain, more: 1 }],
  ])('refuse an arrangement that is none (%#)', (value) => {
    expect(() => checkArrangement(value)).toThrow(/arrangement of the classes is damaged/)
  })
})
