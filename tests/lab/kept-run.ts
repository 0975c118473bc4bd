/** A tiny run that is kept, on Node; and what a page finds that was killed after any of its commits. */
import { RECIPE, FORMAT, ROWS, task } from './fragile-run'
import { openTiny } from '../learning/frozen'
import { sampleRecord } from '../records/sample-run'
import { KeptRuns, type KeepingPlatform } from '../../src/lab/kept-runs'
import type { LabEvent } from '../../src/lab/protocol'
import { Run } from '../../src/lab/run'
import type { Classifier } from '../../src/methods/classifier'
import { noLocks } from '../../src/records/locks'
import type { RowChange, Rows } from '../../src/records/rows'
import { MemoryRows } from '../../src/records/rows-memory'
import type { KeptRun } from '../../src/records/run-record'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'

/** Remembers every commit. */
export class WitnessedRows extends MemoryRows {
  readonly commits: (readonly RowChange[])[] = []

  override async commit(changes: readonly RowChange[]): Promise<void> {
    await super.commit(changes)
    this.commits.push(structuredClone(changes))
  }
}

/** What is there after the first so many commits: as a killed page leaves it. */
export async function rowsAfter(commits: readonly (readonly RowChange[])[], count: number): Promise<MemoryRows> {
  const rows = new MemoryRows()
  for (const changes of commits.slice(0, count)) await rows.commit(changes)
  return rows
}

export interface Bench {
  readonly engine: Engine
  readonly classifier: Classifier
  close(): Promise<void>
}

export async function openBench(): Promise<Bench> {
  const engine = await createNodeEngine()
  const classifier = await openTiny(engine, ROWS)
  const close = async () => {
    await classifier.dispose()
    await engine.dispose()
  }
  return { engine, classifier, close }
}

export const ID = 'a run'

export interface Learning {
  readonly run: Run
  readonly runs: KeptRuns
  readonly events: readonly LabEvent[]
}

/** Begins the run, or goes on with it where these rows hold it. */
export async function learnOn(
  { engine, classifier }: Bench,
  rows: Rows,
  { paused = false, anew = false, platform = {} as Partial<KeepingPlatform> } = {},
): Promise<Learning> {
  const events: LabEvent[] = []
  const emit = (event: LabEvent) => events.push(structuredClone(event))
  const runs = new KeptRuns({ runRows: async () => rows, runLocks: noLocks(), saveEveryMs: 0, ...platform }, emit)
  const record = sampleRecord(ID, {
    recipe: RECIPE,
    state: 'learning',
    step: 0,
    best: null,
    zeroShot: null,
    seconds: 0,
  })
  const taken = await runs.takeUp(record, { anew, takeOver: false, onLost: () => void run.pause() })
  const run: Run = new Run({
    device: { open: async () => classifier, fault: () => null, faultOf: async (e) => engine.faultOf(e) },
    ...{ rows: ROWS, task, recipe: RECIPE, format: FORMAT, model: 'tiny', mapping: null, seed: 3, paused },
    ...{ engine: 'node-cpu', emit, keeper: taken.keeper },
    ...(taken.standing && { from: taken.standing.from }),
  })
  await run.start()
  return { run, runs, events }
}

/** What is kept of it, without what the clock says. */
export async function keptOf({ runs }: Pick<Learning, 'runs'>): Promise<KeptRun> {
  const { record, parts } = (await (await runs.store()).read(ID))!
  const outcome = record.outcome && { ...record.outcome, seconds: 0, secondsPerStep: 0 }
  const steps = parts.curves && { ...parts.curves.steps, imagesPerSecond: new Float64Array() }
  const curves = parts.curves && { ...parts.curves, steps: steps! }
  return {
    record: { ...record, outcome, seconds: 0, secondsPerStep: 0, updatedAt: '' },
    parts: { ...parts, curves },
  }
}
