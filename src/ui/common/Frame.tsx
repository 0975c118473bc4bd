/** A framed picture: moulding, mat, and an opening whose bevel shows the white core of the board, lit from the top left. */
import type { ReactNode } from 'react'
import { cx } from './cx'
import css from './Frame.module.css'

interface FrameProps {
  readonly children: ReactNode
  /** `plate` for the two large ones, `small` for those beside them. */
  readonly size?: 'plate' | 'small'
  readonly className?: string | undefined
}

export function Frame({ children, size = 'plate', className }: FrameProps) {
  return (
    <div className={cx(css.moulding, css[size], className)}>
      <div className={css.mat}>
        <div className={css.opening}>{children}</div>
      </div>
    </div>
  )
}

/** The bevel alone, over a picture whose own border is the mat. `inset` in percent of the side. */
export function Bevel({ inset }: { readonly inset: number }) {
  return <div className={css.bevel} style={{ inset: `${inset}%` }} aria-hidden="true" />
}
