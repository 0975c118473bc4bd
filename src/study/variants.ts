/**
 * What a study makes of the tasks that it names: few shots of one, drawn anew by every seed; its test pictures, changed; and
 * what is known of a task beside its trials.
 */
import { corruptedSet, corruptionName, type Corruption } from '../data/corruptions'
import { fewShots } from '../data/few-shots'
import type { ImageSet, Task } from '../data/task'
import type { FrozenModel } from '../models/frozen-model'
import type { StudyBench } from './bench'
import { featureDiversity, pixelDiversity, type Diversity } from './diversity'
import type { StudyPlan } from './plan'
import type { StudyTask } from './plan-task'
import type { Trial } from './trial'

/** Seeds that are measured on the same pictures: all of them, but where each draws its own few. */
export const seedGroups = ({ shots }: StudyTask, seeds: readonly number[]): readonly (readonly number[])[] =>
  shots === undefined ? [seeds] : seeds.map((seed) => [seed])

interface OpenedTask {
  readonly planned: StudyTask
  readonly task: Task
  readonly seeds: readonly number[]
}

/** The tasks of a plan, one after the other, with the seeds that each is measured with. */
export async function* openedTasks(
  { seeds, tasks }: StudyPlan,
  platform: { openTask(task: StudyTask, model: FrozenModel): Promise<Task> },
  model: FrozenModel,
): AsyncGenerator<OpenedTask> {
  for (const planned of tasks) {
    const task = await platform.openTask(planned, model)
    const { shots } = planned
    for (const group of seedGroups(planned, seeds)) {
      const few = shots === undefined ? task : await fewShots(task, shots, group[0]!)
      yield { planned, seeds: group, task: few }
    }
  }
}

/** Changed sets by what they are changed from: features of one are then encoded once for all methods. */
const changedSets = new WeakMap<ImageSet, Map<string, ImageSet>>()

export function shiftedSet(set: ImageSet, shift: Corruption, imageSize: number): ImageSet {
  const ofSet = changedSets.get(set) ?? new Map<string, ImageSet>()
  changedSets.set(set, ofSet)
  const name = corruptionName(shift)
  const there = ofSet.get(name) ?? corruptedSet(set, shift, imageSize)
  ofSet.set(name, there)
  return there
}

/** A trial, whenever it was measured, as this plan's tables need it. */
export async function asMeasured(
  trial: Trial,
  bench: StudyBench,
  planned: StudyTask,
  { diversity }: StudyPlan,
): Promise<Trial> {
  const { shots } = planned
  const { title } = bench.task
  const more = {
    ...(shots !== undefined && { shots, table: JSON.stringify(planned) }),
    ...(diversity === true && { diversity: await diversityOf(bench) }),
  }
  return { ...trial, task: { ...trial.task, title, ...more } }
}

const measured = new WeakMap<StudyBench, Promise<Diversity>>()

function diversityOf(bench: StudyBench): Promise<Diversity> {
  const there = measured.get(bench)
  if (there) return there
  const made = measure(bench)
  measured.set(bench, made)
  return made
}

async function measure(bench: StudyBench): Promise<Diversity> {
  const { imageSize, splits } = bench.task
  const { features } = await bench.features()
  return {
    features: featureDiversity(await features.of(splits.train)),
    pixels: pixelDiversity(splits.train, imageSize),
  }
}
