/** A number's name with its explanation, one hover or tab away. The sentences are the glossary of the language tables. */
import { useRef, useState, type ReactNode } from 'react'
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components'
import { t, type MessageKey } from '../../i18n/t'
import css from './Term.module.css'

/** After focus has come, scrolling for it is over by then. */
const SCROLLED_MS = 250

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
  const [open, setOpen] = useState(false)
  const openedAt = useRef(0)
  return (
    <TooltipTrigger
      delay={300}
      closeDelay={100}
      isOpen={open}
      onOpenChange={(next) => {
        if (next) openedAt.current = performance.now()
        // The tab key scrolls to what lies out of sight, and scrolling closes tooltips: not the one that was come for.
        else if (
          performance.now() - openedAt.current < SCROLLED_MS &&
          document.activeElement?.matches(':focus-visible')
        )
          return
        setOpen(next)
      }}
    >
      {children}
      <Tooltip className={css.tooltip} offset={6}>
        {t(by)}
      </Tooltip>
    </TooltipTrigger>
  )
}
