/** What a kept run needs before it can be gone on with or asked: its model and its images, brought where that is possible. */
import type { Missing } from '../lab/protocol-runs'
import type { RunRecord } from '../records/run-record'
import { lab } from './connection'
import { modelsStore, takeEmbedded, takeHubModel } from './models'
import { currentRecipe } from './run'
import { sessionStore } from './session'
import { chooseArranged, taskStore } from './task'

/** Resolves with what only the person can bring: files of a model, a folder of images. */
export async function loadForRun(record: RunRecord): Promise<readonly Missing[]> {
  if (!modelFits(record)) await bringModel(record)
  if (!modelFits(record)) return taskFits(record) ? ['model'] : ['model', 'task']
  if (!taskFits(record)) await bringTask(record)
  return taskFits(record) ? [] : ['task']
}

const modelFits = ({ model }: RunRecord) => sessionStore.getState().model?.sha256 === model.sha256

function taskFits({ model, task }: RunRecord): boolean {
  const { info } = taskStore.getState()
  return info?.fingerprint === task.fingerprint && (model.kind === 'classifier' || info.template === task.template)
}

async function bringModel({ model }: RunRecord): Promise<void> {
  if (model.origin === 'embedded') return takeEmbedded(model.id, model.title)
  if (model.origin === 'files' || model.variant === null) return
  const { base } = modelsStore.getState()
  const report = await lab().call('models', { base, known: [], batchSize: currentRecipe().batchSize })
  const offer = report.hub.find(({ entry, here }) => entry.id === model.id && here.includes(model.variant!))
  if (offer) await takeHubModel({ entry: offer.entry, variant: model.variant, base })
}

/** A sample from the program, own images from the album that the browser keeps of them; both as they were arranged then. */
async function bringTask({ id, task }: RunRecord): Promise<void> {
  const { arrangement } = await lab().call('runArrangement', { id })
  const arranged = arrangement ? { arrangement } : {}
  if (task.sample !== null) {
    await chooseArranged({ kind: 'sample', id: task.sample, ...arranged }, { kind: 'sample', id: task.sample })
  } else if (task.album !== null) {
    await chooseArranged({ kind: 'album', id: task.album, ...arranged }, { kind: 'own', name: task.title })
  }
}
