import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { fingerprint } from '../../src/data/fingerprint'
import { DEFAULT_TEMPLATE } from '../../src/data/arrangement'
import { loadTask } from '../../src/data/load'
import { loadSample, parseSampleIndex } from '../../src/data/samples'
import { SPLITS, type ImageSet } from '../../src/data/task'
import { paths, sourceOf, textDecoder } from './pictures'

const options = { decoder: textDecoder, imageSize: 4, splitSeed: 11 }

function pixelsOf(set: ImageSet, index: number): Uint8Array {
  const into = new Uint8Array(48)
  set.read(index, into)
  return into
}
const load = (...files: string[]) => loadTask(sourceOf(files), options)
const own = [...paths('red_fox', 10), ...paths('Grey-Wolf', 5)]

describe('loadTask', () => {
  it('makes a task of a folder per class', async () => {
    const progress: number[][] = []
    const task = await loadTask(sourceOf(own), {
      ...options,
      onProgress: ({ done, total }) => progress.push([done, total]),
    })
    expect(task.classes).toEqual([
      { folder: 'Grey-Wolf', name: 'grey wolf' },
      { folder: 'red_fox', name: 'red fox' },
    ])
    expect(task.template).toBe(DEFAULT_TEMPLATE)
    expect(SPLITS.map((split) => task.splits[split].count)).toEqual([9, 3, 3])
    expect(task.splitSeed).toBe(11)
    expect(progress.at(-1)).toEqual([15, 15])
    const all = SPLITS.flatMap((split) => task.splits[split].paths)
    expect([...all].sort()).toEqual([...own].sort())
    for (const split of SPLITS) {
      const { labels, paths: files } = task.splits[split]
      files.forEach((file, i) => expect(task.classes[labels[i]!]!.folder).toBe(file.split('/')[0]))
    }
  })

  it('puts the pixels of each image where its path says', async () => {
    const { splits } = await load(...own)
    for (const split of SPLITS) {
      for (const [i, path] of splits[split].paths.entries()) {
        const { data } = await textDecoder.decode(new TextEncoder().encode(path))
        const planes = [0, 1, 2].flatMap((c) => Array.from({ length: 16 }, () => data[c]!))
        expect([...pixelsOf(splits[split], i)]).toEqual(planes)
      }
    }
  })

  it('does not depend on the order in which a source lists its files', async () => {
    const [forwards, backwards] = [await load(...own), await load(...[...own].reverse())]
    expect(backwards.fingerprint).toBe(forwards.fingerprint)
    for (const split of SPLITS) {
      expect(backwards.splits[split].paths).toEqual(forwards.splits[split].paths)
      expect(backwards.splits[split].labels).toEqual(forwards.splits[split].labels)
      expect(backwards.splits[split].digests).toEqual(forwards.splits[split].digests)
    }
  })

  it('splits otherwise by another seed', async () => {
    const other = await loadTask(sourceOf(own), { ...options, splitSeed: 12 })
    expect(other.splits.test.paths).not.toEqual((await load(...own)).splits.test.paths)
  })

  it('keeps given splits, and draws only what is missing from train', async () => {
    const files = ['a', 'b'].flatMap((folder) => [...paths(`train/${folder}`, 10), ...paths(`test/${folder}`, 4)])
    const drawn = await load(...files)
    expect(drawn.splitSeed).toBe(11)
    expect(SPLITS.map((split) => drawn.splits[split].count)).toEqual([16, 4, 8])
    expect(drawn.splits.test.paths.every((path) => path.startsWith('test/'))).toBe(true)
    expect(drawn.splits.val.paths.every((path) => path.startsWith('train/'))).toBe(true)
    const given = await load(...files, 'val/a/1.png', 'val/b/1.png')
    expect(given.splitSeed).toBeNull()
    expect(SPLITS.map((split) => given.splits[split].count)).toEqual([20, 2, 8])
  })

  it('lists what does not decode', async () => {
    const files = own.map((path) => (path === 'red_fox/003.png' ? 'red_fox/003broken.png' : path))
    const task = await load(...files, 'red_fox/notes.txt')
    expect(task.skipped).toEqual([
      { path: 'red_fox/003broken.png', reason: 'does not decode: not an image' },
      { path: 'red_fox/notes.txt', reason: 'not an image file' },
    ])
    expect(SPLITS.flatMap((split) => task.splits[split].paths).sort()).toEqual(
      own.filter((path) => path !== 'red_fox/003.png').sort(),
    )
  })

  it('lists a file that cannot be read, and stops at a source that fails as a whole', async () => {
    const source = sourceOf(own)
    const failing = (error: Error) => ({
      ...source,
      files: source.files.map((file, i) => (i === 2 ? { ...file, bytes: () => Promise.reject(error) } : file)),
    })
    const task = await loadTask(failing(new Error('gone')), options)
    expect(task.skipped).toEqual([{ path: own[2], reason: 'cannot be read: gone' }])
    await expect(loadTask(failing(new UserError('The zip is damaged.', '')), options)).rejects.toThrow(
      'The zip is damaged.',
    )
  })

  it('refuses a class with too few images, there or decoded', async () => {
    const says = 'The class "b" has 2 pictures, too few to be split into train, val, test.'
    await expect(load(...paths('a', 5), ...paths('b', 2))).rejects.toThrow(says)
    await expect(load(...paths('a', 5), 'b/1.png', 'b/2.png', 'b/broken.png')).rejects.toThrow(says)
  })
})

describe('fingerprint', () => {
  it('stays what it is', async () => {
    // A change here breaks every stored run: raise the version in the header instead.
    expect((await load(...own)).fingerprint).toBe('ca19ba9adf5a6ac33e1991fd073cd0bc24138c7233ec2f107067ea252ad4e701')
  })

  it('changes with a pixel, a label or a class name, not with a path', async () => {
    const task = await load(...own)
    const { train } = task.splits
    const withTrain = (changed: Partial<typeof train>) =>
      fingerprint({ ...task, splits: { ...task.splits, train: { ...train, ...changed } } })
    const digests = train.digests.with(3, 'f'.repeat(64))
    const labels = Uint16Array.from(train.labels)
    labels[0]! ^= 1
    const classes = task.classes.map(({ folder, name }) => ({ folder, name: `${name}s` }))
    const others = [await withTrain({ digests }), await withTrain({ labels }), await fingerprint({ ...task, classes })]
    expect(new Set([task.fingerprint, ...others]).size).toBe(4)
    expect(await withTrain({ paths: [] })).toBe(task.fingerprint)
  })
})

describe('samples', () => {
  const manifest = {
    id: 'counting',
    title: 'Counting',
    description: 'How many?',
    template: 'a picture of {}',
    classes: [
      { folder: 'two', name: 'two objects' },
      { folder: 'one', name: 'one object' },
    ],
    seed: 3,
    echoes: 'CLEVR',
  }
  const files = ['train', 'val', 'test'].flatMap((split) => [...paths(`${split}/one`, 2), ...paths(`${split}/two`, 3)])

  it("load with the manifest's names and order", async () => {
    const [parsed] = parseSampleIndex([manifest])
    const task = await loadSample(parsed!, sourceOf(files), options)
    expect(task.classes).toEqual(manifest.classes)
    expect([task.id, task.template, task.splitSeed]).toEqual(['counting', manifest.template, null])
    expect([...task.splits.val.labels]).toEqual([1, 1, 0, 0, 0])
  })

  it('do not load when folders and manifest differ', async () => {
    const more = [...files, ...['train', 'val', 'test'].map((split) => `${split}/three/1.png`)]
    await expect(loadSample(manifest, sourceOf(more), options)).rejects.toThrow(/"three" is not in the list/)
    const less = files
      .filter((path) => !path.includes('two'))
      .concat(['train/six/1.png', 'val/six/1.png', 'test/six/1.png'])
    await expect(loadSample(manifest, sourceOf(less), options)).rejects.toThrow(/"two" is missing/)
  })

  it.each([
    [null],
    [[{ ...manifest, template: 'no place' }]],
    [[{ ...manifest, classes: [] }]],
    [[{ ...manifest, id: '../x' }]],
  ])('refuse a damaged manifest (%#)', (json) => {
    expect(() => parseSampleIndex(json)).toThrow(UserError)
  })
})
