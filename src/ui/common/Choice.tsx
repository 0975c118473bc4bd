/** One of a few words, each a press away: the chosen one is underlined. */
import type { ReactNode } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import css from './Choice.module.css'
import { cx } from './cx'

interface ChoiceProps<T extends string> {
  readonly of: readonly T[]
  /** Null where something else is shown than any of them. */
  readonly chosen: T | null
  readonly onChoose: (one: T) => void
  readonly titleOf: (one: T) => ReactNode
  /** Its name for the ear, where what is written is too short for one. */
  readonly nameOf?: (one: T) => string | undefined
  /** Each one's `data-testid` is this, a dash and itself. */
  readonly testId: string
  readonly isDisabled?: boolean
  readonly className?: string | undefined
  readonly 'aria-label'?: string
  readonly 'aria-labelledby'?: string
}

export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { of, chosen, onChoose, titleOf, nameOf, testId, isDisabled = false, className, ...labels } = props
  return (
    <ToggleButtonGroup
      {...labels}
      className={cx(css.choice, className)}
      selectionMode="single"
      disallowEmptySelection={chosen !== null}
      isDisabled={isDisabled}
      selectedKeys={chosen === null ? [] : [chosen]}
      onSelectionChange={(keys) => {
        for (const key of keys) onChoose(key as T)
      }}
    >
      {of.map((one) => {
        const name = nameOf?.(one)
        return (
          <ToggleButton
            key={one}
            id={one}
            className={css.one!}
            {...(name === undefined ? {} : { 'aria-label': name })}
            data-testid={`${testId}-${one}`}
          >
            {titleOf(one)}
          </ToggleButton>
        )
      })}
    </ToggleButtonGroup>
  )
}
