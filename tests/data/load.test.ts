import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { fingerprint } from '../../src/data/fingerprint'
import { DEFAULT_TEMPLATE, loadTask } from '../../src/data/load'
import { loadSample, parseSampleIndex } from '../../src/data/samples'
import { SPLITS } from '../../src/data/task'
import { paths, sourceOf, textDecoder } from './pictures'

const options = { decoder: textDecoder, imageSize: 4, splitSeed: 11 }
const load = (...files: string[]) => loadTask(sourceOf(files), options)
const own = [...paths('red_fox', 10), ...paths('Grey-Wolf', 5)]

describe('loadTask', () => {
  it('makes a task of a folder per class', async () => {
    const progress: number[][] = []
    const task = await loadTask(sourceOf(own), { ...options, onProgress: (...at) => progress.push(at) })
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
      const { pixels, labels, paths: files, count } = task.splits[split]
      expect(pixels.length).toBe(count * 48)
      files.forEach((file, i) => expect(task.classes[labels[i]!]!.folder).toBe(file.split('/')[0]))
    }
  })

  it('puts the pixels of each image where its path says', async () => {
    const { splits } = await load(...own)
    for (const split of SPLITS) {
      for (const [i, path] of splits[split].paths.entries()) {
        const { data } = await textDecoder.decode(new TextEncoder().encode(path))
        const planes = [0, 1, 2].flatMap((c) => Array.from({ length: 16 }, () => data[c]!))
        expect([...splits[split].pixels.subarray(i * 48, i * 48 + 48)]).toEqual(planes)
      }
    }
  })

  it('does not depend on the order in which a source lists its files', async () => {
    const [forwards, backwards] = [await load(...own), await load(...[...own].reverse())]
    expect(backwards.fingerprint).toBe(forwards.fingerprint)
    expect(backwards.splits).toEqual(forwards.splits)
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

  it('lists what does not decode and moves no other image for it', async () => {
    const sound = await load(...own)
    const files = own.map((path) => (path === 'red_fox/003.png' ? 'red_fox/003broken.png' : path))
    const task = await load(...files, 'red_fox/notes.txt')
    expect(task.skipped).toEqual([
      { path: 'red_fox/notes.txt', reason: 'not an image file' },
      { path: 'red_fox/003broken.png', reason: 'does not decode: not an image' },
    ])
    for (const split of SPLITS) {
      expect(task.splits[split].paths).toEqual(sound.splits[split].paths.filter((path) => path !== 'red_fox/003.png'))
    }
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

  it('refuses a class with too few images, before and after decoding', async () => {
    await expect(load(...paths('a', 5), ...paths('b', 2))).rejects.toThrow(
      'The class "b" has 2 images, too few to be split into train, val, test.',
    )
    await expect(load(...paths('a', 5), 'b/1.png', 'b/2.png', 'b/broken.png')).rejects.toThrow(
      /The class "b" has no image left in the (train|val|test) split/,
    )
  })
})

describe('fingerprint', () => {
  it('stays what it was in earlier releases', async () => {
    // A change here breaks every stored run: raise the version in the header instead.
    expect((await load(...own)).fingerprint).toBe('d1c06a3a91644bfd1525db62c0bab5baa338f1e367f6941e5538aac7d2a093b7')
  })

  it('changes with a pixel, a label or a class name, not with a path', async () => {
    const task = await load(...own)
    const { train } = task.splits
    const withTrain = (changed: Partial<typeof train>) =>
      fingerprint({ ...task, splits: { ...task.splits, train: { ...train, ...changed } } })
    const pixels = Uint8Array.from(train.pixels)
    pixels[7]! ^= 1
    const labels = Uint16Array.from(train.labels)
    labels[0]! ^= 1
    const classes = task.classes.map(({ folder, name }) => ({ folder, name: `${name}s` }))
    const others = [await withTrain({ pixels }), await withTrain({ labels }), await fingerprint({ ...task, classes })]
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
