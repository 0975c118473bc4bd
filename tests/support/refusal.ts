/** What a person is told when something is refused. */
import { UserError } from '../../src/errors'

/** The UserError that an action ends with; anything else it throws is thrown on, and no error at all is one. */
export function refusal(action: () => unknown): UserError {
  try {
    action()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
