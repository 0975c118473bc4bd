/** Commands about the images: loading a task, looking at its pictures. */
import { loadTask } from '../../data/load'
import { loadSample } from '../../data/samples'
import { droppedSource, droppedZip } from '../../data/source'
import { zipSource } from '../../data/source-zip'
import type { Task } from '../../data/task'
import { UserError } from '../../errors'
import { pickEvenly, pictureOf } from '../describe'
import type { CommandTable, Holdings } from '../holdings'
import type { TaskSource } from '../protocol'

export function taskCommands(lab: Holdings): CommandTable<'loadTask' | 'pictures'> {
  return {
    // Only when the new task stands is the old one given up: a bad folder loses nothing.
    loadTask: async (from) => lab.useTask(await load(lab, from)),

    pictures: async (which) => {
      const set = lab.openSplit(which.split)
      const indices = 'indices' in which ? which.indices : pickEvenly(set, which.count)
      return indices.map((index) => pictureOf(set, which.split, index))
    },
  }
}

async function load(lab: Holdings, from: TaskSource): Promise<Task> {
  const options = lab.loadOptions()
  if (from.kind === 'sample') {
    const manifest = lab.samples.find(({ id }) => id === from.id)
    if (!manifest) {
      throw new UserError(
        `There is no sample task "${from.id}".`,
        `Choose one of ${lab.samples.map(({ id }) => id).join(', ')}.`,
      )
    }
    return loadSample(manifest, await lab.platform.sampleSource(manifest), options)
  }
  const zip = droppedZip(from.files)
  const source = zip
    ? zipSource(from.name, new Uint8Array(await zip.file.arrayBuffer()))
    : droppedSource(from.name, from.files)
  return loadTask(source, { ...options, splitSeed: from.splitSeed })
}
