/** Commands about the frozen model: what can be had, fetching, loading, checking, forgetting. */
import { requireFits } from '../../models/capability'
import { loadModel } from '../../models/frozen-model'
import { checkModel } from '../check'
import { modelInfo, tensorFacts } from '../describe'
import type { CommandTable, Holdings } from '../holdings'

/** How often it is told how much of a model has been read, ms: its bytes come in hundreds of pieces. */
const TELL_MS = 100

function toldSeldom(lab: Holdings): (done: number, total: number) => void {
  let lastMs = -Infinity
  return (done, total) => {
    const now = performance.now()
    if (done < total && now - lastMs < TELL_MS) return
    lastMs = now
    lab.emit({ type: 'progress', stage: 'model', done, total })
  }
}

export function modelCommands(
  lab: Holdings,
): CommandTable<'models' | 'fetchModel' | 'cancelFetch' | 'forgetModel' | 'loadModel' | 'checkModel'> {
  return {
    models: async ({ base, known, batchSize }) => lab.models.report(lab.need('engine'), base, known, batchSize),
    fetchModel: async (choice) => ({ complete: await lab.models.fetch(choice) }),
    cancelFetch: async () => {
      lab.models.cancel()
      return {}
    },
    forgetModel: async ({ id }) => ({ freedBytes: await lab.models.forget(id) }),

    loadModel: async (source) => {
      const { files, about } = await lab.models.open(source)
      const model = await loadModel(files, toldSeldom(lab))
      requireFits(lab.capability ?? { adapter: null }, tensorFacts(model))
      const info = modelInfo(about, model)
      await lab.useModel(model, info)
      return info
    },

    checkModel: async ({ file }) => checkModel(lab.bench, lab.need('model'), lab.platform.decoder, file),
  }
}
