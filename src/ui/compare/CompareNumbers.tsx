/** The headline: two accuracies, their difference with interval and test, and the calibration error of each. */
import { useStore } from 'zustand'
import { count, percent, points, pValue } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Interval } from '../../evaluation/bootstrap'
import { compareStore, type Compared } from '../../state/compare'
import { AccuracyNumber } from '../result/AccuracyNumber'
import result from '../result/Result.module.css'
import { DeltaBar } from '../visuals/DeltaBar'
import { IntervalBars } from '../visuals/IntervalBars'
import { Term, type GlossaryKey } from '../visuals/Term'
import css from './Compare.module.css'

export interface Titles {
  readonly before: string
  readonly after: string
}

export function CompareNumbers({ compared, titles }: { readonly compared: Compared; readonly titles: Titles }) {
  const { report, split, sides } = compared
  const glossary = (answers: 'zeroShot' | 'prompted'): GlossaryKey => `glossary.${answers}`
  return (
    <div className={result.numbers}>
      <div className={result.pair}>
        <AccuracyNumber
          title={<Term of={glossary(sides.before.answers)}>{titles.before}</Term>}
          accuracy={report.before.accuracy}
          testId="compare-before"
        />
        <AccuracyNumber
          title={<Term of={glossary(sides.after.answers)}>{titles.after}</Term>}
          accuracy={report.after.accuracy}
          testId="compare-after"
          strong
        />
      </div>
      <IntervalBars
        rows={[
          { title: titles.before, accuracy: report.before.accuracy, strong: false },
          { title: titles.after, accuracy: report.after.accuracy, strong: true },
        ]}
      />
      <Difference compared={compared} />
      <p className={result.measured}>
        <Term of={split === 'test' ? 'glossary.test' : 'glossary.validation'}>
          {t(`compare.split.${split}`, { count: count(report.images) })}
        </Term>
      </p>
    </div>
  )
}

function Difference({ compared }: { readonly compared: Compared }) {
  const intervals = useStore(compareStore, (s) => s.intervals)
  const { difference, outcomes, pValue: p, before, after } = compared.report
  const changed = outcomes.fixed.length + outcomes.broken.length
  return (
    <dl className={css.facts}>
      <div>
        <dt>
          <Term of="glossary.difference">{t('compare.difference')}</Term>
        </dt>
        <dd>
          <b data-testid="compare-difference" data-value={difference}>
            {t('result.points', { points: points(difference) })}
          </b>{' '}
          {changed > 0 && <BootstrapInterval interval={intervals?.difference ?? null} />}
          <DeltaBar
            value={difference}
            interval={intervals?.difference ?? null}
            scale={Math.max(0.1, 1.6 * Math.abs(difference))}
          />
        </dd>
      </div>
      <div>
        <dt>
          <Term of="glossary.mcnemar">{t('compare.mcnemar')}</Term>
        </dt>
        <dd data-testid="compare-p" data-value={p}>
          {changed === 0
            ? t('compare.same')
            : t('result.mcnemar', {
                p: pValue(p),
                fixed: count(outcomes.fixed.length),
                broken: count(outcomes.broken.length),
              })}
        </dd>
      </div>
      <div>
        <dt>
          <Term of="glossary.ece">{t('compare.ece')}</Term>
        </dt>
        <dd data-testid="compare-ece" data-before={before.ece} data-after={after.ece}>
          {percent(before.ece)} <Range interval={intervals?.eceBefore ?? null} /> → {percent(after.ece)}{' '}
          <Range interval={intervals?.eceAfter ?? null} />
          <span className={css.soft}>
            {' · '}
            <Term of="glossary.adaptiveEce">
              {t('compare.ece.adaptive', { before: percent(before.adaptiveEce), after: percent(after.adaptiveEce) })}
            </Term>
          </span>
        </dd>
      </div>
    </dl>
  )
}

/** Of the difference; "drawing" until it is there. */
function BootstrapInterval({ interval }: { readonly interval: Interval | null }) {
  return (
    <span className={css.soft} data-testid="compare-interval">
      <Term of="glossary.bootstrap">
        {interval
          ? t('compare.interval', { low: points(interval[0]), high: points(interval[1]) })
          : t('compare.interval.drawing')}
      </Term>
    </span>
  )
}

const Range = ({ interval }: { readonly interval: Interval | null }) => (
  <span className={css.soft}>
    {interval ? t('compare.range', { low: percent(interval[0]), high: percent(interval[1]) }) : ''}
  </span>
)
