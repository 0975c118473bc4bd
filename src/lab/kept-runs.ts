/** The store of runs and the locks on them, as the lab uses them: keepers for runs that are learned, and what they begin from. */
import { UserError } from '../errors'
import { curvesUntil } from '../records/curves'
import type { RunLocks } from '../records/locks'
import type { Rows } from '../records/rows'
import type { RunCurves, RunRecord } from '../records/run-record'
import { RunStore } from '../records/run-store'
import { Journal } from './journal'
import { RunKeeper, type KeeperOptions } from './keeper'
import type { LabEvent } from './protocol'
import type { Begun } from './run-options'

export interface KeepingPlatform {
  /** Where runs are kept. */
  runRows(): Promise<Rows>
  readonly runLocks: RunLocks
  /** Between two saves of a run that is learned, ms; as `keeper.ts` says where it is left out. */
  readonly saveEveryMs?: number
}

/** Where a run goes on, and its curves until there. */
export interface Standing {
  readonly from: Begun
  readonly curves: RunCurves
}

export class KeptRuns {
  #store: Promise<RunStore> | null = null

  constructor(
    private readonly platform: KeepingPlatform,
    private readonly emit: (event: LabEvent) => void,
  ) {}

  get locks(): RunLocks {
    return this.platform.runLocks
  }

  store(): Promise<RunStore> {
    this.#store ??= this.platform.runRows().then(async (rows) => {
      const store = new RunStore(rows)
      // What was removed in a visit before is gone; where that fails it is tried at the next.
      await store.purge().catch(() => undefined)
      return store
    })
    return this.#store
  }

  /** @throws UserError where it is not there, or cannot be read */
  async need(id: string): Promise<RunRecord> {
    const record = await (await this.store()).find(id)
    if (record) return record
    throw new UserError(
      'This run is no longer there.',
      'It may have been removed in another tab: look at the list anew.',
    )
  }

  /** Null where it never came to a checkpoint, or where that is damaged: then it begins anew, which gives the same. */
  async standing({ id, seconds, secondsPerStep }: RunRecord): Promise<Standing | null> {
    const store = await this.store()
    const [checkpoint, curves] = [await store.part(id, 'checkpoint'), await store.part(id, 'curves')]
    if (!checkpoint || !curves) return null
    const until = curvesUntil(curves, checkpoint.step)
    const history = ((await store.part(id, 'history')) ?? []).filter(({ step }) => step <= checkpoint.step)
    const validated = until.validations.step.at(-1) ?? -1
    const baseline = await store.baseline(id)
    return { from: { checkpoint, validated, history, baseline, seconds, secondsPerStep }, curves: until }
  }

  /**
   * Takes a run up, to be learned here until it ends or another page takes it over (`onLost`). What is kept of it is read
   * once nobody else writes it.
   * @param how.anew nothing is kept of it yet
   * @throws UserError while another page is at work on it and it is not to be taken over
   */
  async takeUp(
    record: RunRecord,
    how: { readonly anew: boolean; readonly takeOver: boolean; readonly onLost: (keeper: RunKeeper) => void },
  ): Promise<{ readonly keeper: RunKeeper; readonly standing: Standing | null }> {
    const store = await this.store()
    const held = await this.locks.take(record.id, how.takeOver)
    if (!held) {
      throw new UserError(
        'Another tab is at work on this run.',
        'Look at it there, or take it over: the other tab then stops at its last step.',
      )
    }
    const known = (how.anew ? null : await store.find(record.id)) ?? record
    const standing = how.anew ? null : await this.standing(known)
    const before: Pick<KeeperOptions, 'journal' | 'keyframes'> = standing
      ? { journal: new Journal(standing.curves), keyframes: standing.from.history }
      : {}
    const { saveEveryMs } = this.platform
    const keeper: RunKeeper = new RunKeeper({
      ...{ store, held, record: known, emit: this.emit, onLost: () => how.onLost(keeper) },
      ...(saveEveryMs !== undefined && { saveEveryMs }),
      ...before,
    })
    return { keeper, standing }
  }
}
