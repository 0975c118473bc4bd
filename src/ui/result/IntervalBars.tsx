/** Two accuracies on one scale from 0 to 100 %: a dot for the estimate, a bar for its 95 % Wilson interval. */
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Accuracy } from '../../lab/protocol'
import css from './Result.module.css'

interface IntervalBarsProps {
  /** What the accuracy before learning is called. */
  readonly before: string
  readonly zeroShot: Accuracy
  readonly prompted: Accuracy
}

const TICKS = [0, 0.25, 0.5, 0.75, 1]

export function IntervalBars({ before, zeroShot, prompted }: IntervalBarsProps) {
  const label = t('result.bars', { before, zeroShot: percent(zeroShot.top1), prompted: percent(prompted.top1) })
  return (
    <div className={css.bars} role="img" aria-label={label} data-testid="interval-bars">
      <Row title={before} accuracy={zeroShot} kind="zeroShot" />
      <Row title={t('result.prompted')} accuracy={prompted} kind="prompted" />
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

function Row({ title, accuracy, kind }: { title: string; accuracy: Accuracy; kind: 'zeroShot' | 'prompted' }) {
  const [low, high] = accuracy.ci95
  return (
    <>
      <span className={css.rowTitle}>{title}</span>
      <div className={css.row} data-kind={kind}>
        <span className={css.interval} style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
        <span className={css.dot} style={{ left: `${accuracy.top1 * 100}%` }} />
      </div>
    </>
  )
}
