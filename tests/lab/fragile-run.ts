/** A whole run of a tiny task on a fragile device, and what it comes to. */
import { expect } from 'vitest'
import { DEFAULT_SPLIT } from '../../src/data/arrangement'
import type { Task } from '../../src/data/task'
import type { LabEvent } from '../../src/lab/protocol'
import { Run } from '../../src/lab/run'
import { quick } from '../../src/learning/recipes'
import type { Recipe } from '../../src/learning/recipe'
import type { Classifier } from '../../src/methods/classifier'
import type { Engine, EngineKind } from '../../src/runtime/engine'
import { faultIn } from '../../src/runtime/fault'
import { tensorCount } from '../../src/runtime/tfjs'
import { CLASSES, openTiny, SIZE, tinySet } from '../learning/frozen'
import { Mishaps, type Mishap, type Moment } from './fragile'
import { only } from './tiny-lab'

export const FORMAT = { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
export const RECIPE: Recipe = {
  ...quick,
  steps: 24,
  batchSize: 10,
  validateEvery: 6,
  borderFraction: 0.2,
  shiftFraction: 0.1,
}
export const ROWS = 5

const NO_ARRANGEMENT = { classes: [], labels: {}, without: [], split: DEFAULT_SPLIT }

export const task: Task = {
  ...{ id: 'tiny', title: 'Tiny', description: '', template: 'a {}', imageSize: SIZE, fingerprint: '', skipped: [] },
  ...{ album: 'tiny', arrangement: { ...NO_ARRANGEMENT, template: 'a {}' } },
  ...{ splitSeed: null, classes: ['a', 'b', 'c'].map((name) => ({ folder: name, name })) },
  splits: { train: tinySet(24), val: tinySet(12), test: tinySet(9) },
}
expect(task.classes).toHaveLength(CLASSES)

/** The owner of a fragile device, as the lab's workbench is. */
function ownerOf(mishaps: Mishaps) {
  let engine: Engine | null = null
  let classifier: Classifier | null = null
  return {
    rows: [] as number[],
    async open(rows: number, fault: unknown) {
      if (fault) await this.closeClassifier()
      if (!engine || engine.fault) {
        const faulty = engine
        engine = null
        await faulty?.dispose()
        engine = await mishaps.openEngine()
      }
      await this.closeClassifier()
      classifier = await openTiny(engine, rows)
      this.rows.push(rows)
      return classifier
    },
    async closeClassifier() {
      const old = classifier
      classifier = null
      await old?.dispose()
    },
    fault: () => engine?.fault ?? null,
    faultOf: async (error: unknown) => (engine ? engine.faultOf(error) : faultIn(error)),
    async close() {
      await this.closeClassifier()
      await engine?.dispose()
    },
  }
}

export interface Outcome {
  readonly events: readonly LabEvent[]
  readonly mishaps: Mishaps
  /** Rows of each classifier that was opened. */
  readonly rows: readonly number[]
  readonly failure: Error | null
}

export async function runThrough(
  plan: (moment: Moment, n: number) => Mishap | null,
  { rows = ROWS, watchReads = false, recipe = RECIPE, engine = 'node-cpu' as EngineKind } = {},
): Promise<Outcome> {
  const before = tensorCount()
  const mishaps = new Mishaps(plan)
  const device = ownerOf(mishaps)
  const events: LabEvent[] = []
  const run = new Run({
    ...{ device, rows, task, recipe, format: FORMAT, model: 'tiny', mapping: null, seed: 3, paused: false },
    ...{ engine, waitMs: [0], emit: (event: LabEvent) => events.push(structuredClone(event)) },
  })
  const stopWatching = watchReads ? mishaps.watchReads() : () => undefined
  let failure: Error | null = null
  try {
    await run.start()
    await run.ended
  } catch (error) {
    failure = error as Error
  } finally {
    stopWatching()
  }
  await run.abandon()
  await device.close()
  expect(tensorCount(), 'tensors left').toBe(before)
  expect(mishaps.open, 'engines left').toBe(0)
  return { events, mishaps, rows: device.rows, failure }
}

export const losses = ({ events }: Outcome) =>
  only(events, 'steps').flatMap(({ step, loss }) => step.map((s, i) => [s, loss[i]]))
export const result = ({ events }: Outcome) => {
  const { seconds: _, secondsPerStep: __, ...rest } = only(events, 'finished')[0]!.result
  return rest
}
export const statuses = ({ events }: Outcome) => only(events, 'status').map(({ status }) => status)

/** What matters of a run: all steps in order, all validations, the result. */
export function expectSame(outcome: Outcome, undisturbed: Outcome): void {
  expect(outcome.failure).toBeNull()
  expect(only(outcome.events, 'failed')).toEqual([])
  expect(losses(outcome)).toEqual(losses(undisturbed))
  expect(only(outcome.events, 'validation')).toEqual(only(undisturbed.events, 'validation'))
  expect(result(outcome)).toEqual(result(undisturbed))
}

/** The device is lost at these times of a moment. */
export const at =
  (moment: Moment, ...times: number[]) =>
  (m: Moment, n: number) =>
    m === moment && times.includes(n) ? ('lost' as const) : null
