/** A gain or loss as a bar to the right or left of zero; with its interval where it has one. Decoration: a number stands beside it. */
import type { Interval } from '../../evaluation/bootstrap'
import css from './DeltaBar.module.css'

interface DeltaBarProps {
  /** Fraction of 1. */
  readonly value: number
  readonly interval?: Interval | null
  /** What the half scale stands for, a fraction of 1. */
  readonly scale: number
}

export function DeltaBar({ value, interval, scale }: DeltaBarProps) {
  const at = (x: number) => 50 + 50 * Math.min(1, Math.max(-1, x / scale))
  const [from, to] = value < 0 ? [at(value), 50] : [50, at(value)]
  return (
    <span className={css.track} aria-hidden="true" data-sign={Math.sign(value)}>
      <span className={css.bar} style={{ left: `${from}%`, width: `${to - from}%` }} />
      {interval && (
        <span
          className={css.interval}
          style={{ left: `${at(interval[0])}%`, width: `${at(interval[1]) - at(interval[0])}%` }}
        />
      )}
    </span>
  )
}
