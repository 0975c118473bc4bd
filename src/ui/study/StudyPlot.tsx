/** Accuracy against what it costs: learned numbers, or seconds to train. Each point by name, with its interval. */
import { useEffect, useRef, useState } from 'react'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { accuracyScale, type StudyRow } from '../../state/study-table'
import { ALWAYS } from '../../study/offered'
import { Choice } from '../common/Choice'
import { decades, placeLabels } from './place-labels'
import css from './Study.module.css'

const AGAINST = ['parameters', 'seconds'] as const
type Against = (typeof AGAINST)[number]

const HEIGHT = 300
const MARGIN = { left: 46, right: 14, top: 14, bottom: 40 }
const RADIUS = 4.5
const LINE_HEIGHT = 14
/** Room at the left for what costs nothing, which a logarithm has no place for. */
const NOTHING = 46

export function StudyPlot({ rows, closed }: { readonly rows: readonly StudyRow[]; readonly closed: boolean }) {
  const [against, setAgainst] = useState<Against>('parameters')
  const [width, setWidth] = useState(640)
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    const resizing = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)))
    resizing.observe(element)
    return () => resizing.disconnect()
  }, [])
  return (
    <figure className={css.plot} data-testid="study-plot">
      <figcaption className={css.plotTop}>
        <span id="study-against">{t(closed ? 'study.plot.validation' : 'study.plot')}</span>
        <Choice
          aria-labelledby="study-against"
          of={AGAINST}
          chosen={against}
          onChoose={setAgainst}
          titleOf={(one) => t(`study.plot.${one}`)}
          testId="study-against"
        />
      </figcaption>
      <div ref={host}>
        <Drawing rows={rows} closed={closed} against={against} width={width} />
      </div>
    </figure>
  )
}

interface DrawingProps {
  readonly rows: readonly StudyRow[]
  readonly closed: boolean
  readonly against: Against
  readonly width: number
}

function Drawing({ rows, closed, against, width }: DrawingProps) {
  const found = rows.flatMap(({ found: one, offered, place }) => (one ? [{ one, offered, place }] : []))
  const costs = found.map(({ one }) => (against === 'parameters' ? one.parameterCount : one.trainSeconds))
  const positive = costs.filter((cost) => cost > 0)
  const ticks = positive.length > 0 ? decades(Math.min(...positive), Math.max(...positive)) : []
  const nothing = costs.some((cost) => cost === 0)
  const [low, high] = accuracyScale(
    found.map(({ one }) => one),
    closed,
  )
  const right = width - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const from = MARGIN.left + (nothing ? NOTHING : 0)
  const x = (cost: number) => {
    if (cost === 0 || ticks.length === 0) return MARGIN.left + NOTHING / 2
    const [first, last] = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)]
    return from + ((Math.log10(cost) - first) / (last - first)) * (right - from)
  }
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top)
  const value = (one: (typeof found)[number]['one']) => (closed ? one.validation : one.top1)
  const drawn = found.map(({ one, offered }, i) => ({
    ...{ x: x(costs[i]!), y: y(value(one)), name: t(`study.method.${offered.id}`), one, id: offered.id },
  }))
  const base = found.find(({ offered }) => offered.id === ALWAYS)?.one
  // The best first: where there is no room for all names it has its own; of zero-shot the line tells.
  const byValue = [...drawn].sort((a, b) => a.y - b.y)
  const labels = placeLabels(byValue, {
    ...{ left: MARGIN.left, right: width, top: 0, bottom: bottom - 2, radius: RADIUS, lineHeight: LINE_HEIGHT },
    widthOf: (name) => textWidth(name),
    line: base ? y(value(base)) : null,
  })
  const accuracies = tenths(low, high)
  // Every decade where there is room for its number.
  const every = Math.ceil((ticks.length * 44) / Math.max(1, right - from))
  const told = drawn.map(({ name, one }) => `${name} ${percent(value(one))}`).join(', ')
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={t('study.plot.told', { values: told })}>
      {accuracies.map((tick) => (
        <g key={tick}>
          <line className={css.grid} x1={MARGIN.left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text className={css.ordinate} x={MARGIN.left - 6} y={y(tick) + 4} textAnchor="end">
            {percent(tick, 0)}
          </text>
        </g>
      ))}
      {nothing && (
        <text className={css.ordinate} x={x(0)} y={bottom + 16} textAnchor="middle">
          0
        </text>
      )}
      {ticks.map((tick, i) => (
        <g key={tick}>
          <line className={css.axis} x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} />
          {i % every === 0 && (
            <text className={css.ordinate} x={x(tick)} y={bottom + 16} textAnchor="middle">
              {shortPower(tick)}
            </text>
          )}
        </g>
      ))}
      <line className={css.axis} x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} />
      <text className={css.axisName} x={(MARGIN.left + right) / 2} y={HEIGHT - 6} textAnchor="middle">
        {t(`study.plot.axis.${against}`)}
      </text>
      {base && <line className={css.zeroLine} x1={MARGIN.left} x2={right} y1={y(value(base))} y2={y(value(base))} />}
      {drawn.map((point) => (
        <g key={point.id} className={css.point} data-gain={gainOf(point.one, closed)}>
          {!closed && <line x1={point.x} x2={point.x} y1={y(point.one.ci95[0])} y2={y(point.one.ci95[1])} />}
          <circle cx={point.x} cy={point.y} r={RADIUS}>
            <title>{`${point.name}, ${percent(value(point.one))}`}</title>
          </circle>
        </g>
      ))}
      {byValue.map((point, i) => {
        const label = labels[i]
        return label ? (
          <text key={point.id} className={css.pointName} x={label.x} y={label.y + 4} textAnchor={label.anchor}>
            {point.name}
          </text>
        ) : null
      })}
    </svg>
  )
}

type Found = NonNullable<StudyRow['found']>

/** Sign of a gain that is hardly chance; 0 of any other. */
const gainOf = ({ gain }: Found, closed: boolean): number =>
  !closed && gain && gain.pValue < 0.05 ? Math.sign(gain.difference) : 0

function tenths(low: number, high: number): readonly number[] {
  const [from, to] = [Math.round(10 * low), Math.round(10 * high)]
  const step = to - from > 6 ? 2 : 1
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => (from + i * step) / 10)
}

/** 10000 -> "10k", 1000000 -> "1M", 0.01 -> "0.01". */
const shortPower = (power: number): string =>
  power >= 1e6 ? `${power / 1e6}M` : power >= 1e3 ? `${power / 1e3}k` : String(Number(power.toPrecision(1)))

/** About as wide as it will be at 12 px: a letter of a Latin script takes half of that, a Chinese one all of it. */
const textWidth = (name: string): number =>
  [...name].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 12.5 : 6.4), 0)
