/** Accuracies on one scale from 0 to 100 %: a dot for the estimate, a bar for its 95 % Wilson interval. */
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Accuracy } from '../../evaluation/accuracy'
import css from './IntervalBars.module.css'

export interface IntervalRow {
  readonly title: string
  readonly accuracy: Accuracy
  /** Drawn in the accent. */
  readonly strong: boolean
}

const TICKS = [0, 0.25, 0.5, 0.75, 1]

export function IntervalBars({ rows }: { readonly rows: readonly IntervalRow[] }) {
  const values = rows.map(({ title, accuracy }) => `${title} ${percent(accuracy.top1)}`).join(', ')
  return (
    <div className={css.bars} role="img" aria-label={t('visual.intervals', { values })} data-testid="interval-bars">
      {rows.map(({ title, accuracy, strong }) => {
        const [low, high] = accuracy.ci95
        return (
          <div key={title} className={css.line} data-strong={strong}>
            <span className={css.title}>{title}</span>
            <div className={css.row}>
              <span className={css.interval} style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
              <span className={css.dot} style={{ left: `${accuracy.top1 * 100}%` }} />
            </div>
          </div>
        )
      })}
      <div className={css.scale}>
        {TICKS.map((tick) => (
          <span key={tick} style={{ left: `${tick * 100}%` }}>
            {percent(tick, 0)}
          </span>
        ))}
      </div>
    </div>
  )
}
