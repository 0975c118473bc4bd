/** Which recipe, the few numbers that make it, and what a person may change of them. */
import { memo, useDeferredValue } from 'react'
import { Input, NumberField } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { borderWidth } from '../../learning/border'
import type { Recipe as RecipeValue } from '../../learning/recipe'
import { RECIPE_NAMES, type RecipeName } from '../../learning/recipes'
import { chooseRecipe, isActive, runStore, setSeed, setSteps } from '../../state/run'
import { sessionStore } from '../../state/session'
import { Choice } from '../common/Choice'
import { LateTerm } from '../common/LateTerm'
import type { GlossaryKey } from '../visuals/Term'
import { Changes, Reset } from './Changes'
import css from './Recipe.module.css'
import { useRecipe } from './useRecipe'

export function Recipe() {
  const recipeName = useStore(runStore, (s) => s.recipeName)
  const seed = useStore(runStore, (s) => s.seed)
  const changed = useStore(runStore, (s) => s.overrides.steps !== undefined)
  // After the answer to the press of a button that locks it, not with it: many controls change.
  const active = useDeferredValue(useStore(runStore, (s) => isActive(s.status)))
  const recipe = useRecipe()
  return (
    <section aria-labelledby="recipe-heading" className={css.recipe}>
      <div className={css.top}>
        <h2 id="recipe-heading" className={css.heading}>
          {t('recipe.heading')}
        </h2>
        <ChosenRecipe chosen={recipeName} disabled={active} />
      </div>
      <p className={css.about}>{t(`recipe.${recipeName}.about`)}</p>
      <div className={css.fields}>
        <Field
          label={t('recipe.steps')}
          about="glossary.steps"
          value={recipe.steps}
          min={1}
          onChange={setSteps}
          disabled={active}
          id="steps"
        />
        {changed && <Reset name="steps" said={t('recipe.said')} disabled={active} />}
        <Field
          label={t('recipe.seed')}
          about="glossary.runSeed"
          value={seed}
          min={0}
          onChange={setSeed}
          disabled={active}
          id="seed"
        />
      </div>
      <Facts recipe={recipe} />
      <Changes recipe={recipe} disabled={active} />
    </section>
  )
}

interface ChoiceProps {
  readonly chosen: RecipeName
  readonly disabled: boolean
}

const ChosenRecipe = memo(function ChosenRecipe({ chosen, disabled }: ChoiceProps) {
  return (
    <Choice
      aria-labelledby="recipe-heading"
      className={css.choice}
      isDisabled={disabled}
      of={RECIPE_NAMES}
      chosen={chosen}
      onChoose={chooseRecipe}
      titleOf={(name) => t(`recipe.${name}`)}
      testId="recipe"
    />
  )
})

interface FieldProps {
  readonly label: string
  readonly about: GlossaryKey
  readonly value: number
  readonly min: number
  readonly disabled: boolean
  readonly id: string
  readonly onChange: (value: number) => void
}

const Field = memo(function Field({ label, about, value, min, disabled, id, onChange }: FieldProps) {
  return (
    <div className={css.field}>
      <LateTerm of={about}>{label}</LateTerm>
      <NumberField
        className={css.number}
        aria-label={label}
        value={value}
        minValue={min}
        maxValue={1_000_000}
        step={1}
        isDisabled={disabled}
        formatOptions={{ useGrouping: false }}
        onChange={onChange}
      >
        <Input className={css.input} data-testid={id} />
      </NumberField>
    </div>
  )
})

const GLOSSARY = {
  'recipe.batch': 'glossary.batch',
  'recipe.border': 'glossary.border',
  'recipe.rate': 'glossary.rate',
  'recipe.optimiser': 'glossary.optimiser',
  'recipe.numbers': 'glossary.numbers',
} as const

function Facts({ recipe }: { readonly recipe: RecipeValue }) {
  const imageSize = useStore(sessionStore, (s) => s.model?.imageSize ?? null)
  const parameterCount = useStore(runStore, (s) => s.parameterCount)
  const { optimiser } = recipe
  const facts: readonly (readonly [keyof typeof GLOSSARY, string])[] = [
    ['recipe.batch', count(recipe.batchSize)],
    [
      'recipe.border',
      imageSize === null ? '–' : t('recipe.border.value', { px: borderWidth(recipe, imageSize), side: imageSize }),
    ],
    ['recipe.rate', String(recipe.learningRate)],
    [
      'recipe.optimiser',
      optimiser.kind === 'sgd' ? t('recipe.sgd', { momentum: optimiser.momentum }) : t(`recipe.${optimiser.kind}`),
    ],
    ...(parameterCount === null
      ? []
      : [['recipe.numbers', t('recipe.numbers.value', { count: count(parameterCount) })] as const]),
  ]
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>
            <LateTerm of={GLOSSARY[name]}>{t(name)}</LateTerm>
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
