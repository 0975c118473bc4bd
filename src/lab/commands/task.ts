/** Commands about the task: loading one, looking at its pictures. */
import { blobAccess, zipSource } from '../../data/source-zip'
import type { Arrangement } from '../../data/arrangement'
import { droppedSources, isZip } from '../../data/source'
import type { Task } from '../../data/task'
import { UserError } from '../../errors'
import { pickEvenly } from '../../data/pick-evenly'
import { pictureOf, taskInfo } from '../describe'
import type { CommandTable, Holdings } from '../holdings'
import { taskFrom, type AlbumSource, type HeldAlbum } from '../images'
import type { TaskInfo, TaskSource } from '../protocol'

export function taskCommands(lab: Holdings): CommandTable<'loadTask' | 'pictures'> {
  return {
    loadTask: async (from) => loadFrom(lab, await sourceOf(lab, from), from.arrangement),

    pictures: async (which) => {
      const set = lab.openSplit(which.split)
      const { imageSize } = lab.need('task')
      const indices = 'indices' in which ? which.indices : pickEvenly(set, which.count)
      return indices.map((index) => pictureOf(set, which.split, index, imageSize))
    },
  }
}

/** Only when the new task stands is the old one given up: a bad folder loses nothing. */
export async function loadFrom(lab: Holdings, from: AlbumSource, arrangement?: Arrangement): Promise<TaskInfo> {
  const { imageSize, resize } = lab.need('model')
  const held = await lab.images.open(from, { imageSize, resize, arrangement })
  let task: Task
  try {
    task = await taskFrom(held)
  } catch (error) {
    held.opened.pixels.close()
    throw error
  }
  await lab.useTask(task)
  lab.images.hold(held)
  await lab.images.remember(held)
  return taskInfo(task)
}

/** Opens an album beside the one that stands. */
export async function openFrom(lab: Holdings, from: TaskSource, makeRoom?: boolean): Promise<HeldAlbum> {
  const { imageSize, resize } = lab.need('model')
  return lab.images.open(await sourceOf(lab, from), { imageSize, resize, arrangement: from.arrangement, makeRoom })
}

async function sourceOf(lab: Holdings, from: TaskSource): Promise<AlbumSource> {
  if (from.kind === 'album') return from
  if (from.kind === 'sample') {
    const manifest = lab.samples.find(({ id }) => id === from.id)
    if (!manifest) {
      throw new UserError(
        `There is no sample task "${from.id}".`,
        `Choose one of ${lab.samples.map(({ id }) => id).join(', ')}.`,
      )
    }
    const packed = (await lab.platform.packedSample?.(manifest)) ?? null
    const source = () => (packed ? zipSource(`${manifest.id}.zip`, packed.zip) : lab.platform.sampleSource(manifest))
    return { kind: 'sample', manifest, packed, source }
  }
  const { name, files, splitSeed } = from
  const zips = files.filter(isZip)
  const loose = files.filter((file) => !isZip(file))
  const sources = [
    ...droppedSources(name, loose),
    ...(await Promise.all(zips.map(({ path, file }) => zipSource(path, blobAccess(file))))),
  ]
  return { kind: 'own', sources, name, splitSeed }
}
