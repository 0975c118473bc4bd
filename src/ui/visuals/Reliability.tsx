/**
 * Reliability diagram (Guo et al. 2017, figure 1): accuracy against confidence in bins, with the Wilson interval of each, the
 * diagonal where both agree, and how many images each bin holds. Its numbers lie under it as a table.
 */
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { ReliabilityBin } from '../../evaluation/calibration'
import css from './Reliability.module.css'

interface ReliabilityProps {
  readonly title: string
  readonly bins: readonly ReliabilityBin[]
  readonly ece: number
  readonly strong: boolean
}

const SIZE = 200
/** Height of the counts under the diagram. */
const COUNTS = 34
const LEFT = 34
const TICKS = [0, 0.5, 1]

export function Reliability({ title, bins, ece, strong }: ReliabilityProps) {
  const filled = bins.filter((bin) => bin.count > 0)
  const most = Math.max(1, ...bins.map((bin) => bin.count))
  const x = (value: number) => LEFT + value * SIZE
  const y = (value: number) => 6 + (1 - value) * SIZE
  const base = y(0) + 8
  return (
    <figure className={css.figure} data-strong={strong} data-testid="reliability">
      <figcaption className={css.title}>{title}</figcaption>
      <svg
        viewBox={`0 0 ${LEFT + SIZE + 12} ${SIZE + COUNTS + 48}`}
        role="img"
        aria-label={t('visual.reliability', { title, ece: percent(ece), bins: filled.length })}
      >
        <rect className={css.field} x={x(0)} y={y(1)} width={SIZE} height={SIZE} />
        <line className={css.diagonal} x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {filled.map((bin) => {
          const left = x(bin.low) + 1
          const width = Math.max(1, (bin.high - bin.low) * SIZE - 2)
          const [top, bottom] = [y(Math.max(bin.accuracy, bin.confidence)), y(Math.min(bin.accuracy, bin.confidence))]
          return (
            <g key={bin.low}>
              <rect className={css.bar} x={left} y={y(bin.accuracy)} width={width} height={y(0) - y(bin.accuracy)} />
              <rect className={css.gap} x={left} y={top} width={width} height={bottom - top} />
              <line
                className={css.interval}
                x1={left + width / 2}
                x2={left + width / 2}
                y1={y(bin.ci95[0])}
                y2={y(bin.ci95[1])}
              />
              <rect
                className={css.count}
                x={left}
                y={base}
                width={width}
                height={Math.max(1, (COUNTS * bin.count) / most)}
              />
            </g>
          )
        })}
        {TICKS.map((tick) => (
          <g key={tick} className={css.tick}>
            <text x={x(0) - 4} y={y(tick) + 4} textAnchor="end">
              {percent(tick, 0)}
            </text>
            <text x={x(tick)} y={base + COUNTS + 12} textAnchor={tick === 0 ? 'start' : tick === 1 ? 'end' : 'middle'}>
              {percent(tick, 0)}
            </text>
          </g>
        ))}
        <text className={css.axis} x={x(0.5)} y={base + COUNTS + 26} textAnchor="middle">
          {t('visual.confidence')}
        </text>
      </svg>
      <details className={css.numbers}>
        <summary>{t('visual.numbers')}</summary>
        <div className={css.scroll} tabIndex={0} role="region" aria-label={t('visual.numbers.of', { title })}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('visual.confidence')}</th>
                <th scope="col">{t('visual.accuracy')}</th>
                <th scope="col">n</th>
              </tr>
            </thead>
            <tbody>
              {filled.map((bin) => (
                <tr key={bin.low}>
                  <td>{percent(bin.confidence)}</td>
                  <td>{percent(bin.accuracy)}</td>
                  <td>{count(bin.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}
