/**
 * Cells of studies as they are kept: a row each, by model, engine and the cell's own key. Also those that could not be kept, as
 * long as the lab is open. What is read back is checked; what is none is left out, and measured again.
 */
import type { Rows } from '../records/rows'
import { trialSchema, type Trial } from '../study/trial'

export class KeptTrials {
  /** Measured here, by row. */
  readonly #here = new Map<string, Trial>()

  constructor(private readonly rows: Rows) {}

  /** False where they are forgotten with the page. */
  get lasting(): boolean {
    return this.rows.lasting
  }

  /** By cell key (study/plan.ts). An engine's times are no other's, and neither are its roundings. */
  async of(modelSha256: string, engine: string): Promise<ReadonlyMap<string, Trial>> {
    const under = prefix(modelSha256, engine)
    const found = new Map<string, Trial>()
    for (const [, value] of await this.rows.all('trials', under)) {
      const { data } = trialSchema.safeParse(value)
      if (data) found.set(data.key, data)
    }
    for (const [row, trial] of this.#here) if (row.startsWith(under)) found.set(trial.key, trial)
    return found
  }

  /** @throws FullError; it is known here all the same */
  async keep(trial: Trial): Promise<void> {
    const row = prefix(trial.model.sha256, trial.engine) + trial.key
    this.#here.set(row, trial)
    await this.rows.commit([{ table: 'trials', key: row, value: trial }])
  }
}

const prefix = (modelSha256: string, engine: string) => `${modelSha256}/${engine}/`
