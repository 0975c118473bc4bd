/** The recipe as it would be started now, following its name, the typed steps, the task and the kind of model. */
import { useStore } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { Recipe } from '../../learning/recipe'
import { currentRecipe, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'

export const useRecipe = (): Recipe =>
  currentRecipe(
    useStore(
      runStore,
      useShallow(({ recipeName, overrides, trainingImages }) => ({ recipeName, overrides, trainingImages })),
    ),
    useStore(sessionStore, (s) => s.model?.kind),
  )
