/** Commands about the way of a run: its border as it was, and what that border answered. */
import { UserError } from '../../errors'
import type { CommandTable, Holdings } from '../holdings'

export function timelineCommands(lab: Holdings): CommandTable<'moment'> {
  return {
    moment: async ({ step, validation }) => {
      const run = lab.need('run')
      const keyframe = run.history.at(step)
      if (!keyframe) throw new UserError('No step of this run has been kept yet.', 'Wait until learning has begun.')
      return {
        step: keyframe.step,
        border: await run.onDevice((learner) => learner.past(keyframe.parameters, (method) => method.border())),
        validation: validation ? structuredClone(await run.validationAt(keyframe)) : null,
      }
    },
  }
}
