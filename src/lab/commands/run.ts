/** Commands about the run: starting and steering it, and predicting with what it has learned so far. */
import { UserError } from '../../errors'
import { beginRun } from '../begin'
import type { CommandTable, Holdings } from '../holdings'
import { predictPictures } from '../pictures'
import type { Run } from '../run'

export function runCommands(lab: Holdings): CommandTable<'start' | 'pause' | 'resume' | 'step' | 'stop' | 'predict'> {
  return {
    start: async ({ recipe, seed, paused, outputs }) => {
      const run = await beginRun(lab, { recipe, seed, outputs }, paused)
      return { steps: recipe.steps, parameterCount: run.parameterCount, border: run.border }
    },

    pause: async () => ({ step: await lab.need('run').pause() }),
    resume: async () => ({ step: own(lab).resume() }),
    step: async () => ({ step: await own(lab).singleStep() }),
    stop: async () => ({ step: working(lab).stop() }),

    predict: async ({ split, indices, strength, at }) => {
      const run = lab.need('run')
      const set = lab.openSplit(split)
      return predictPictures({ run, set, split, indices, strength, at, known: lab.zeroShot })
    },
  }
}

/** The run, to be set to work. */
function working(lab: Holdings): Run {
  const run = lab.need('run')
  lab.requireNoStudy()
  return run
}

/** The same, unless another page is now at work on it. */
function own(lab: Holdings): Run {
  const run = working(lab)
  if (!run.options.keeper?.lost) return run
  throw new UserError(
    'Another tab has taken this run over.',
    'Go on with it there, or take it back from the list of runs.',
  )
}
