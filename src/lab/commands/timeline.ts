/** Commands about the way of a run: its border as it was, and what that border answered. */
import { UserError } from '../../errors'
import { imageOf } from '../../formats/border-file'
import type { CommandTable, Holdings } from '../holdings'
import type { Predictions } from '../../records/run-record'
import type { Moment } from '../protocol-timeline'

export function timelineCommands(lab: Holdings): CommandTable<'moment' | 'leaveAnswers'> {
  /** Of the question about validation that somebody waits for. */
  let asking: AbortController | null = null

  return {
    moment: async ({ step, validation }) => {
      if (!lab.run && lab.shown !== null && !validation) return keptMoment(lab, lab.shown, step)
      const run = lab.need('run')
      const keyframe = run.history.at(step)
      if (!keyframe) throw noneKept()
      // Before anything is waited for: who leaves now leaves this question.
      const mine = new AbortController()
      if (validation) {
        asking?.abort()
        asking = mine
      }
      return {
        step: keyframe.step,
        border: await run.onDevice((learner) => learner.past(keyframe.parameters, (method) => method.border())),
        validation: validation ? await unlessLeft(run.validationAt(keyframe, mine.signal), mine.signal) : null,
      }
    },

    leaveAnswers: async () => {
      asking?.abort()
      return {}
    },
  }
}

async function unlessLeft(answers: Promise<Predictions>, signal: AbortSignal): Promise<Predictions | null> {
  try {
    return structuredClone(await answers)
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

/** Of a run whose model or images are not here: its borders are had without them. */
async function keptMoment(lab: Holdings, id: string, step: number): Promise<Moment> {
  const { border: width, model } = await lab.runs.need(id)
  const history = (await (await lab.runs.store()).part(id, 'history')) ?? []
  const keyframe = history.findLast((one) => one.step <= step) ?? history[0]
  if (!keyframe) throw noneKept()
  const border = imageOf(keyframe.parameters, { imageSize: model.imageSize, width })
  return { step: keyframe.step, border, validation: null }
}

const noneKept = () => new UserError('No step of this run has been kept yet.', 'Wait until learning has begun.')
