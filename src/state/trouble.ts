/** What went wrong, as the page shows it: one sentence and one remedy, in its language where `i18n/said.ts` has them. */
import { describeError, type Trouble } from '../errors'

export type { Trouble }

export const troubleOf = (error: unknown): Trouble => describeError(error)

/** What an event tells of it. */
export const troubleIn = ({ message, remedy, said }: Trouble): Trouble => ({ message, remedy, ...(said && { said }) })
