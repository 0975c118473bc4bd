/** Runs made from kept ones: the same recipe over several seeds, and a border measured on the images and model loaded now. */
import { taskTitle } from '../i18n/names'
import { t } from '../i18n/t'
import type { RunRecord } from '../records/run-record'
import { announce } from './announce'
import { runName } from './comparison-sides'
import { lab } from './connection'
import { keptRunsStore, refreshRuns } from './kept-runs'
import { isActive, runStore } from './run'
import { sessionStore } from './session'
import { taskStore } from './task'
import { troubleOf } from './trouble'

export const MOST_SEEDS = 20

/** Why it cannot be done now, as a sentence; null where it can. */
export type Obstacle = string | null

/** The same recipe anew needs the same model and the same images. */
export function whyNotRepeat({ model, task }: RunRecord): Obstacle {
  const [loaded, images] = [sessionStore.getState().model, taskStore.getState().info]
  if (isActive(runStore.getState().status)) return t('runs.busy')
  if (loaded?.sha256 !== model.sha256) return t('runs.needs.model', { model: model.title })
  if (images?.fingerprint !== task.fingerprint) return t('runs.needs.images', { task: taskTitle(task) })
  return null
}

/** A border fits every model with the same input size. */
export function whyNotTransfer({ model, best, task }: RunRecord): Obstacle {
  const [loaded, images] = [sessionStore.getState().model, taskStore.getState().info]
  if (isActive(runStore.getState().status)) return t('runs.busy')
  if (!best) return t('runs.needs.border')
  if (!loaded || !images) return t('runs.needs.both')
  if (loaded.imageSize !== model.imageSize)
    return t('runs.needs.size', { border: model.imageSize, model: loaded.imageSize })
  if (loaded.sha256 === model.sha256 && images.fingerprint === task.fingerprint) return t('runs.needs.other')
  return null
}

/** Whether there is anything that a kept border could be measured on. */
export const canTransfer = (): boolean =>
  !isActive(runStore.getState().status) && sessionStore.getState().model !== null && taskStore.getState().info !== null

/** Seeds that follow on the run's own, its own first. */
export const seedsFrom = ({ seed }: RunRecord, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => seed + i)

/** Learns the run's recipe once a seed, one after the other; the first begins at once. */
export const repeatRun = (record: RunRecord, seeds: readonly number[]): Promise<void> =>
  begin(async () => {
    const { recipe, outputs } = record
    const { steps, parameterCount, border } = await lab().call('repeat', { recipe, seeds, ...(outputs && { outputs }) })
    runStore.setState({ totalSteps: steps, parameterCount, border })
    announce(t('runs.repeating', { count: seeds.length }))
  })

/** Measures the run's border on the images and the model loaded now, as a run of its own. */
export const transferRun = (record: RunRecord): Promise<void> =>
  begin(async () => {
    await lab().call('transfer', { id: record.id })
    announce(t('runs.transferring', { name: runName(record) }))
  })

/** What the page shows of the run follows from the lab's events. */
async function begin(work: () => Promise<void>): Promise<void> {
  const { busy, status } = runStore.getState()
  if (busy || isActive(status)) return
  try {
    await work()
  } catch (error) {
    runStore.setState({ status: 'idle' })
    keptRunsStore.setState({ trouble: troubleOf(error) })
  } finally {
    runStore.setState({ busy: false })
  }
  await refreshRuns()
}
