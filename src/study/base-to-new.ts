/**
 * The base-to-new protocol (CoCoOp, Zhou et al. 2022b, section 4.1; KaiyangZhou/CoOp, `subsample_classes`): what is learned on
 * the first half of the classes is tested on their own pictures, among their own names, and on those of the other half, among
 * the names of that half, without a step more.
 *
 *   base = the first ceil(C/2) classes in the order of the task, new = the others          H = 2 base new / (base + new)
 */
import { someClasses } from '../data/some-classes'
import type { Task } from '../data/task'
import { UserError } from '../errors'
import { said } from '../sentence'
import type { StudyBench } from './bench'
import { servesNewClasses, type Contender } from './contender'
import { train, type Trained, type TrainOptions } from './contenders'
import { openContext } from './on-text'

export interface Halves {
  readonly base: Task
  /** Pictures of its test split only. */
  readonly novel: Task
}

/** @throws UserError where a half would be too small to answer anything */
export async function halvesOf(task: Task): Promise<Halves> {
  const numbers = task.classes.map((_, c) => c)
  const middle = Math.ceil(numbers.length / 2)
  if (numbers.length < 4) {
    throw new UserError(
      said`"${task.title}" has ${numbers.length} classes, too few for base and new ones.`,
      'Take images of four classes or more.',
    )
  }
  const part = (classes: readonly number[]) => ({ classes, title: task.title })
  const [base, novel] = [
    await someClasses(task, part(numbers.slice(0, middle))),
    await someClasses(task, { ...part(numbers.slice(middle)), splits: ['test'] }),
  ]
  if (base.splits.test.count > 0 && novel.splits.test.count > 0) return { base, novel }
  throw new UserError(
    said`"${task.title}" has no test images of half of its classes.`,
    'Give each class some images to test on.',
  )
}

/**
 * The method as it was learned, on other classes: nothing is learned any more. The caller disposes it.
 * @throws UserError where each class has a context of its own
 */
export async function onNewClasses(
  bench: StudyBench,
  contender: Contender,
  { context }: Trained,
  options: TrainOptions,
): Promise<Trained> {
  if (contender.method === 'zero-shot' || contender.method === 'tpt') return train(bench, contender, options)
  if (context?.parameters.ctx?.dims.length === 3) {
    throw new UserError(
      said`What "${contender.label}" begins from was learned for each class by itself, and says nothing of new classes.`,
      'Take a context that all classes share.',
    )
  }
  if (context && servesNewClasses(contender)) return openContext(bench, context)
  throw new Error(`${contender.method} does not serve new classes`)
}
