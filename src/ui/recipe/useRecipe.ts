/** The recipe as it would be started now, following its name, the typed steps and the task. */
import { useStore } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { Recipe } from '../../learning/recipe'
import { currentRecipe, runStore } from '../../state/run'

export const useRecipe = (): Recipe =>
  currentRecipe(
    useStore(
      runStore,
      useShallow(({ recipeName, stepsOverride, trainingImages }) => ({ recipeName, stepsOverride, trainingImages })),
    ),
  )
