/** The answer: zero-shot against prompted on test, with intervals, and everything that the numbers depend on. */
import { useStore } from 'zustand'
import { count, percent, points, pValue } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Accuracy, RunResult } from '../../lab/protocol'
import { runStore } from '../../state/run'
import { Gallery } from './Gallery'
import { frozenTitle } from './frozenTitle'
import { IntervalBars } from '../visuals/IntervalBars'
import { Proof } from './Proof'
import { Provenance } from './Provenance'
import css from './Result.module.css'

export function Result() {
  const result = useStore(runStore, (s) => s.result)
  if (!result) return null
  return (
    <section className={css.result} aria-labelledby="result-heading" data-testid="result">
      <h2 id="result-heading" className={css.heading}>
        {t('result.heading')}
      </h2>
      <Numbers result={result} />
      <div className={css.details}>
        <Provenance result={result} />
        <Proof before={result.frozenSha256Before} after={result.frozenSha256After} />
      </div>
    </section>
  )
}

/** Which test pictures changed their answer. */
export function Changed() {
  const result = useStore(runStore, (s) => s.result)
  if (!result) return null
  return (
    <section className={css.changed} aria-label={t('gallery.label')}>
      <Gallery side="fixed" indices={result.fixed} />
      <Gallery side="broken" indices={result.broken} />
    </section>
  )
}

function Numbers({ result }: { readonly result: RunResult }) {
  const { zeroShot, prompted } = result
  const before = frozenTitle(result.mapping)
  return (
    <div className={css.numbers}>
      <div className={css.pair}>
        <Number title={before} accuracy={zeroShot} testId="zero-shot-accuracy" />
        <Number title={t('result.prompted')} accuracy={prompted} testId="prompted-accuracy" strong />
        <p className={css.delta}>
          <b data-testid="delta">{t('result.points', { points: points(prompted.top1 - zeroShot.top1) })}</b>
          <span data-testid="p-value" data-value={result.pValue}>
            {t('result.mcnemar', {
              p: pValue(result.pValue),
              fixed: count(result.fixed.length),
              broken: count(result.broken.length),
            })}
          </span>
        </p>
      </div>
      <IntervalBars
        rows={[
          { title: before, accuracy: zeroShot, strong: false },
          { title: t('result.prompted'), accuracy: prompted, strong: true },
        ]}
      />
      <p className={css.measured}>{t('result.measured')}</p>
    </div>
  )
}

interface NumberProps {
  readonly title: string
  readonly accuracy: Accuracy
  readonly testId: string
  readonly strong?: boolean
}

function Number({ title, accuracy, testId, strong }: NumberProps) {
  const [low, high] = accuracy.ci95
  return (
    <div className={css.number} data-strong={strong}>
      <p className={css.numberTitle}>{title}</p>
      <p className={css.value} data-testid={testId} data-value={accuracy.top1}>
        {percent(accuracy.top1)}
      </p>
      <p className={css.small}>{t('result.interval', { low: percent(low), high: percent(high) })}</p>
      <p className={css.small}>
        {t('result.correct', { correct: count(accuracy.correct), total: count(accuracy.total) })}
      </p>
    </div>
  )
}
