/**
 * Opening what the page needs, in order: engine, model (the one in use the last time, where it is still here), the sample and
 * the recipe that the address names, and what was left unfinished. Again, from the start, where that failed.
 */
import { startingAddress } from './address'
import { modelsStore, setAddress, showModelsTrouble } from './models'
import { applyRecipeAddress, followRecipe } from './recipe-address'
import { rememberedModel } from './remembered'
import { routeStore } from './route'
import { lookForUnfinished } from './runs'
import { openSession, sessionStore, type Backend } from './session'
import { chooseSample, taskStore } from './task'

let stopFollowing = (): void => undefined
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
  const { samples } = sessionStore.getState()
  const named = routeStore.getState().query.get('sample')
  const first = samples.find(({ id }) => id === named) ?? samples[0]
  if (first && taskStore.getState().info === null) await chooseSample(first.id)
  applyRecipeAddress()
  stopFollowing()
  stopFollowing = followRecipe()
  await lookForUnfinished()
}

/** What the button beside a failed opening does. */
export async function openAgain(): Promise<void> {
  if (asked && sessionStore.getState().phase === 'failed') await open(asked.backend, asked.modelId)
}
