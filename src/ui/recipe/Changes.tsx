/** What of a recipe may be changed, one row a number: its value, what the paper has, and the way back. Drawn only when opened. */
import { useState } from 'react'
import { Button, Input, Label, NumberField } from 'react-aria-components'
import { useStore } from 'zustand'
import { t, type MessageKey } from '../../i18n/t'
import { borderWidth } from '../../learning/border'
import type { Recipe } from '../../learning/recipe'
import { paper } from '../../learning/recipes'
import { plainRecipe, resetOverride, runStore, setOverride, type Overridable } from '../../state/run'
import { sessionStore } from '../../state/session'
import { Choice } from '../common/Choice'
import css from './Recipe.module.css'

const INITS = ['zero', 'normal'] as const

export function Changes({ recipe, disabled }: { readonly recipe: Recipe; readonly disabled: boolean }) {
  const [open, setOpen] = useState(false)
  return (
    <details className={css.changes} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary data-testid="recipe-change">{t('recipe.change')}</summary>
      {open && <Rows recipe={recipe} disabled={disabled} />}
    </details>
  )
}

function Rows({ recipe, disabled }: { readonly recipe: Recipe; readonly disabled: boolean }) {
  const side = useStore(sessionStore, (s) => s.model?.imageSize ?? null)
  const kind = useStore(sessionStore, (s) => s.model?.kind)
  const chosen = useStore(runStore)
  const [published, plain] = [paper(chosen.trainingImages), plainRecipe(chosen, kind)]
  const changed = (name: Overridable) => chosen.overrides[name] !== undefined
  const px = (of: Recipe) => (side === null ? 0 : borderWidth(of, side))
  const shared = { disabled, changed }
  return (
    <div className={css.rows}>
      {side !== null && (
        <Row
          {...shared}
          name="borderFraction"
          label="recipe.border.px"
          value={px(recipe)}
          said={px(plain)}
          paper={px(published)}
          step={1}
          max={Math.ceil(side / 2) - 1}
          onChange={(width) => setOverride('borderFraction', width / side)}
        />
      )}
      <Row
        {...shared}
        name="learningRate"
        label="recipe.rate"
        value={recipe.learningRate}
        said={plain.learningRate}
        paper={published.learningRate}
        onChange={(rate) => setOverride('learningRate', rate)}
      />
      <Row
        {...shared}
        name="batchSize"
        label="recipe.batch"
        value={recipe.batchSize}
        said={plain.batchSize}
        paper={published.batchSize}
        step={1}
        max={4096}
        onChange={(size) => setOverride('batchSize', size)}
      />
      <div className={css.row}>
        <span id="recipe-init">{t('recipe.init')}</span>
        <Choice
          aria-labelledby="recipe-init"
          className={css.inits}
          isDisabled={disabled}
          of={INITS}
          chosen={recipe.init}
          onChoose={(init) => setOverride('init', init)}
          titleOf={(init) => t(`recipe.init.${init}`)}
          testId="init"
        />
        <Paper same={recipe.init === published.init} value={t(`recipe.init.${published.init}`)} />
        {changed('init') && <Reset name="init" said={t(`recipe.init.${plain.init}`)} disabled={disabled} />}
      </div>
    </div>
  )
}

interface RowProps {
  readonly name: Overridable
  readonly label: MessageKey
  readonly value: number
  /** As the recipe says. */
  readonly said: number
  readonly paper: number
  /** Whole numbers where it is 1. */
  readonly step?: number
  readonly max?: number
  readonly disabled: boolean
  readonly changed: (name: Overridable) => boolean
  readonly onChange: (value: number) => void
}

const PLAIN = { useGrouping: false, maximumSignificantDigits: 6 } as const

function Row({ name, label, value, said, paper: published, step, max, disabled, changed, onChange }: RowProps) {
  return (
    <div className={css.row}>
      <NumberField
        className={css.field}
        value={value}
        minValue={step ?? 0.000001}
        {...(max === undefined ? {} : { maxValue: max })}
        {...(step === undefined ? {} : { step })}
        isDisabled={disabled}
        formatOptions={PLAIN}
        onChange={onChange}
      >
        <Label>{t(label)}</Label>
        <Input className={css.input} data-testid={`recipe-${name}`} />
      </NumberField>
      <Paper same={value === published} value={String(published)} />
      {changed(name) && <Reset name={name} said={String(said)} disabled={disabled} />}
    </div>
  )
}

const Paper = ({ same, value }: { readonly same: boolean; readonly value: string }) => (
  <span className={css.paper}>{same ? t('recipe.asPaper') : t('recipe.paperHas', { value })}</span>
)

interface ResetProps {
  readonly name: Overridable
  readonly said: string
  readonly disabled: boolean
}

export function Reset({ name, said, disabled }: ResetProps) {
  return (
    <Button
      className={css.reset}
      isDisabled={disabled}
      aria-label={t('recipe.reset', { value: said })}
      onPress={() => resetOverride(name)}
      data-testid={`reset-${name}`}
    >
      ↺
    </Button>
  )
}
