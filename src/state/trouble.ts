/** What went wrong, as the page shows it: one sentence and one remedy. */
import { describeError } from '../errors'

export interface Trouble {
  readonly message: string
  readonly remedy: string
}

export const troubleOf = (error: unknown): Trouble => describeError(error)
