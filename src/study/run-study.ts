/**
 * All cells of a study, one after the other. What is done already is not done again: an interrupted study goes on, and a method
 * that is added later is all that is measured. One task is open at a time.
 */
import type { Task } from '../data/task'
import type { FrozenModel } from '../models/frozen-model'
import type { Engine } from '../runtime/engine'
import { halvesOf } from './base-to-new'
import { StudyBench } from './bench'
import { contextFileOf, seedsFor, type Contender } from './contender'
import type { OpenContext, StudyContext } from './contexts'
import { keyOf, type StudyPlan } from './plan'
import type { StudyTask } from './plan-task'
import { asMeasured, openedTasks, seedGroups } from './variants'
import { cellOf, runTrial, type Trial } from './trial'

/** Where a study gets its pictures from, and where its results are kept. */
export interface StudyPlatform {
  openTask(task: StudyTask, model: FrozenModel): Promise<Task>
  /** Trials of earlier, by key. */
  readonly done: ReadonlyMap<string, Trial>
  keep(trial: Trial): Promise<void>
  /** Reads a file of learned words; absent where there are no files. */
  readonly openContext?: OpenContext
  /** Keeps what was learned of words, before its trial; absent where it is kept nowhere. */
  keepContext?(trial: Trial, context: StudyContext): Promise<void>
}

export interface StudyProgress {
  /** Cells finished, found done included, and of how many. */
  readonly done: number
  readonly total: number
  readonly task: string
  readonly label: string
  readonly seed: number
  /** Of the cell that is under way, 0 to 1. */
  readonly share: number
  /** Seconds; null before the first cell has been measured. */
  readonly etaSeconds: number | null
}

export interface StudyOptions {
  readonly engine: Engine
  readonly model: FrozenModel
  readonly onProgress?: (progress: StudyProgress) => void
  readonly signal?: AbortSignal
}

/** @returns the trials of the plan, in its order: task by task, method by method, seed by seed */
export async function runStudy(plan: StudyPlan, platform: StudyPlatform, options: StudyOptions): Promise<Trial[]> {
  const { engine, model, onProgress, signal } = options
  const trials: Trial[] = []
  const cells = cellsOf(plan)
  const total = cells.length
  const eta = new Eta()
  for await (const { planned, seeds, task } of openedTasks(plan, platform, model)) {
    const halves = plan.protocol === 'base-to-new' ? await halvesOf(task) : null
    const bench = new StudyBench(engine, model, halves?.base ?? task)
    const novel = halves && new StudyBench(engine, model, halves.novel)
    try {
      for (const contender of plan.methods) {
        const words = await wordsFile(platform, contender)
        for (const seed of seedsFor(contender, seeds)) {
          signal?.throwIfAborted()
          const whole = { fingerprint: task.fingerprint, protocol: 'base-to-new' } as const
          const cell = {
            ...{ ...cellOf(bench, contender, seed), ...(halves && whole), ...(words && { context: words }) },
            ...(planned.shifts && { shifts: planned.shifts }),
          }
          const tell = (share: number) =>
            onProgress?.({
              ...{ done: trials.length, total, task: task.title, label: contender.label, seed, share },
              etaSeconds: eta.seconds(cells.slice(trials.length), share),
            })
          const known = platform.done.get(keyOf(cell))
          if (known) {
            // Its label may have changed since.
            trials.push(await asMeasured({ ...known, contender }, bench, planned, plan))
            eta.took(contender.label, known.trainSeconds + known.testSeconds)
            tell(1)
            continue
          }
          tell(0)
          let learned: StudyContext | null = null
          const trial = await runTrial(bench, cell, {
            ...{ onProgress: tell, onContext: (context: StudyContext) => (learned = context) },
            ...(signal && { signal }),
            ...(novel && { novel }),
            ...(platform.openContext && { openContext: platform.openContext }),
          })
          if (learned) await platform.keepContext?.(trial, learned)
          await platform.keep(trial)
          trials.push(await asMeasured(trial, bench, planned, plan))
          eta.took(contender.label, trial.trainSeconds + trial.testSeconds)
          tell(1)
        }
      }
    } finally {
      await bench.dispose()
      await novel?.dispose()
    }
  }
  return trials
}

/** sha256 of the file that a method begins from: another file under its name is another cell. */
async function wordsFile({ openContext }: StudyPlatform, contender: Contender): Promise<string | null> {
  const file = contextFileOf(contender)
  return file !== null && openContext ? (await openContext(file)).sha256 : null
}

/** The label of each cell, in order. */
const cellsOf = ({ methods, seeds, tasks }: StudyPlan): string[] =>
  tasks.flatMap((task) =>
    seedGroups(task, seeds).flatMap((group) =>
      methods.flatMap((method) => seedsFor(method, group).map(() => method.label)),
    ),
  )

/** Time to go, by what each method has taken so far; of one not yet seen, by the mean of the others. */
export class Eta {
  readonly #seconds = new Map<string, number[]>()

  took(label: string, seconds: number): void {
    this.#seconds.set(label, [...(this.#seconds.get(label) ?? []), seconds])
  }

  /**
   * Seconds; null before anything has been measured.
   * @param left labels of the cells that are to be measured, the one under way first; of that one `share` is done
   */
  seconds(left: readonly string[], share: number): number | null {
    const means = new Map([...this.#seconds].map(([one, all]) => [one, mean(all)]))
    if (means.size === 0) return null
    const others = mean([...means.values()])
    const [first] = left
    const all = left.reduce((sum, one) => sum + (means.get(one) ?? others), 0)
    return first === undefined ? 0 : Math.max(0, all - share * (means.get(first) ?? others))
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
