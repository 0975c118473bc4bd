/** Commands about tuning a prompt for one picture. What it needs is fetched when it is first asked for. */
import { UserError } from '../../errors'
import type { CommandTable, Holdings } from '../holdings'
import type { TuningCommands } from '../protocol-tuning'

export function tuningCommands(lab: Holdings): CommandTable<keyof TuningCommands> {
  return {
    tunePicture: async (question) => {
      const [model, task] = [lab.need('model'), lab.need('task')]
      if (model.kind !== 'clip') {
        throw new UserError(
          'This model reads no text, and the words of a prompt are what is tuned.',
          'Choose a CLIP at the top left.',
        )
      }
      lab.requireNoStudy()
      if (lab.run?.working) {
        throw new UserError(
          'A run is at work, and nothing is tuned beside it.',
          'Pause or stop it, or wait for its end; then tune.',
        )
      }
      const { tunePicture, tuningEnded } = await fetchTuning()
      const stop = new AbortController()
      const tuning = { stop: () => stop.abort(tuningEnded()) }
      lab.tuning = tuning
      try {
        return await tunePicture(question, {
          ...{ engine: await lab.bench.engine(), clip: model, decoder: lab.platform.decoder },
          ...{ names: task.classes.map(({ name }) => name), template: task.template },
          ...{ tell: lab.emit, signal: stop.signal },
        })
      } finally {
        if (lab.tuning === tuning) lab.tuning = null
      }
    },
    cancelTuning: async () => {
      lab.tuning?.stop()
      return {}
    },
  }
}

const fetchTuning = () =>
  import('../tuning').catch((cause: unknown) => {
    throw new UserError(
      'The part of this page that tunes prompts could not be fetched.',
      'Check the network, then try once more: nothing is lost, and the page need not be reloaded.',
      { cause },
    )
  })
