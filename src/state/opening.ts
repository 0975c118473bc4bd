/**
 * Opening what the page needs, in order: engine, model (the one in use the last time, where it is still here), first
 * sample. Again, from the start, where that failed.
 */
import { startingAddress } from './address'
import { modelsStore, setAddress, showModelsTrouble } from './models'
import { rememberedModel } from './remembered'
import { openSession, sessionStore, type Backend } from './session'
import { chooseSample, taskStore } from './task'

let asked: { readonly backend: Backend; readonly modelId: string } | null = null

/** @param modelId of the embedded model */
export async function open(backend: Backend, modelId: string): Promise<void> {
  asked = { backend, modelId }
  setAddress(startingAddress(), { remember: false })
  const preferred = async () => {
    const remembered = await rememberedModel()
    return remembered && { ...remembered, base: modelsStore.getState().base }
  }
  if (!(await openSession(backend, modelId, preferred, showModelsTrouble))) return
  const [first] = sessionStore.getState().samples
  if (first && taskStore.getState().info === null) await chooseSample(first.id)
}

/** What the button beside a failed opening does. */
export async function openAgain(): Promise<void> {
  if (asked && sessionStore.getState().phase === 'failed') await open(asked.backend, asked.modelId)
}
