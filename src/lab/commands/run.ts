/** Commands about the run: starting and steering it, and predicting with what it has learned so far. */
import { SPLITS, type Split } from '../../data/task'
import { mappingInfo, mappingOf } from '../describe'
import type { CommandTable, Holdings } from '../holdings'
import { predictPictures, ZeroShotCache } from '../pictures'
import { Run } from '../run'

export function runCommands(lab: Holdings): CommandTable<'start' | 'pause' | 'resume' | 'step' | 'stop' | 'predict'> {
  return {
    start: async ({ recipe, seed, paused, outputs }) => {
      await lab.abandonRun()
      const { kind: engine } = lab.bench
      const [{ engine: opened }, model, task] = [lab.need('engine'), lab.need('model'), lab.need('task')]
      const mapping = mappingOf(model, task, outputs)
      lab.zeroShot = new ZeroShotCache()
      const job = { model, task, mapping }
      const device = lab.bench.device(job)
      // A split may be smaller than a batch.
      const largest = Math.max(...SPLITS.map((split: Split) => task.splits[split].count))
      const rows = lab.bench.rows(job, Math.min(recipe.batchSize, largest))
      await lab.gradients.require({ device, rows, model, task, recipe, engine: engine ?? opened })
      const run = new Run({
        device,
        rows,
        task,
        format: model,
        model: model.name,
        mapping: mappingInfo(model, mapping),
        recipe,
        seed,
        paused,
        engine: engine ?? opened,
        emit: lab.emit,
      })
      lab.run = run
      await run.start()
      return { steps: recipe.steps, parameterCount: run.parameterCount, border: run.border }
    },

    pause: async () => ({ step: await lab.need('run').pause() }),
    resume: async () => ({ step: lab.need('run').resume() }),
    step: async () => ({ step: await lab.need('run').singleStep() }),
    stop: async () => ({ step: lab.need('run').stop() }),

    predict: async ({ split, indices, strength, at }) => {
      const run = lab.need('run')
      const set = lab.openSplit(split)
      return predictPictures({ run, set, split, indices, strength, at, known: lab.zeroShot })
    },
  }
}
