/** k-shot tasks: so many of each class, drawn by the seed, few a part of more, and nothing else changed. */
import { expect, it } from 'vitest'
import { fewShots } from '../../src/data/few-shots'
import { loadTask } from '../../src/data/load'
import { colourSource, platform } from '../lab/tiny-lab'

it('draws training pictures of each class by the seed', async () => {
  const task = await loadTask(colourSource(20), { decoder: platform.decoder, imageSize: 8, splitSeed: 0 })
  const pathsOf = async (shots: number, seed: number) => (await fewShots(task, shots, seed)).splits.train.paths
  const three = await fewShots(task, 3, 1)
  const { train } = three.splits
  expect(train.count).toBe(9)
  for (const label of [0, 1, 2]) expect(train.labels.filter((one) => one === label)).toHaveLength(3)
  expect(three.splits.val).toBe(task.splits.val)
  expect(three.splits.test).toBe(task.splits.test)
  expect(three.fingerprint).not.toBe(task.fingerprint)

  expect(await pathsOf(3, 1)).toEqual(train.paths)
  expect(await pathsOf(3, 2)).not.toEqual(train.paths)
  expect(await pathsOf(5, 1)).toEqual(expect.arrayContaining([...train.paths]))
  // More than there are is all of them.
  expect(await pathsOf(99, 1)).toEqual(task.splits.train.paths)
  expect((await fewShots(task, 99, 1)).fingerprint).toBe(task.fingerprint)

  const [one, same] = [new Uint8Array(192), new Uint8Array(192)]
  train.read(4, one)
  task.splits.train.read(task.splits.train.paths.indexOf(train.paths[4]!), same)
  expect(one).toEqual(same)
})
