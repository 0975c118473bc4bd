/** A number's name with its explanation, one hover or tab away. The sentences are the glossary of the language tables. */
import type { ReactNode } from 'react'
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components'
import { t, type MessageKey } from '../../i18n/t'
import css from './Term.module.css'

export type GlossaryKey = Extract<MessageKey, `glossary.${string}`>

interface TermProps {
  readonly of: GlossaryKey
  readonly children: ReactNode
}

export function Term({ of, children }: TermProps) {
  return (
    <Explained by={of}>
      <Button className={css.term}>{children}</Button>
    </Explained>
  )
}

/** Gives a button (its one child) the explanation of what it is about. */
export function Explained({ by, children }: { readonly by: GlossaryKey; readonly children: ReactNode }) {
  return (
    <TooltipTrigger delay={300} closeDelay={100}>
      {children}
      <Tooltip className={css.tooltip} offset={6}>
        {t(by)}
      </Tooltip>
    </TooltipTrigger>
  )
}
