/** Opening what the page needs, in order: engine, model, first sample. Again, from the start, where that failed. */
import { openSession, sessionStore, type Backend } from './session'
import { chooseSample, taskStore } from './task'

let asked: { readonly backend: Backend; readonly modelId: string } | null = null

export async function open(backend: Backend, modelId: string): Promise<void> {
  asked = { backend, modelId }
  if (!(await openSession(backend, modelId))) return
  const [first] = sessionStore.getState().samples
  if (first && taskStore.getState().info === null) await chooseSample(first.id)
}

/** What the button beside a failed opening does. */
export async function openAgain(): Promise<void> {
  if (asked && sessionStore.getState().phase === 'failed') await open(asked.backend, asked.modelId)
}
