/** A `Term` that is drawn plain at first and gets its explanation in a task of its own, so that opening the page stays light. */
import { useDeferredValue, type ReactNode } from 'react'
import { Term, type GlossaryKey } from '../visuals/Term'

export function LateTerm({ of, children }: { readonly of: GlossaryKey; readonly children: ReactNode }) {
  const late = useDeferredValue(true, false)
  return late ? <Term of={of}>{children}</Term> : <>{children}</>
}
