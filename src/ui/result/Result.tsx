/** The answer: zero-shot against prompted on test, with intervals, and everything that the numbers depend on. */
import { useStore } from 'zustand'
import { count, points, pValue } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { RunResult } from '../../lab/protocol'
import { runStore } from '../../state/run'
import { AccuracyNumber } from './AccuracyNumber'
import { Gallery } from './Gallery'
import { Guessing } from './Guessing'
import { frozenTitle } from './frozenTitle'
import { IntervalBars } from '../visuals/IntervalBars'
import { Term } from '../visuals/Term'
import { Proof } from './Proof'
import { Provenance } from './Provenance'
import css from './Result.module.css'
import { WhichPictures } from './WhichPictures'

export function Result() {
  const result = useStore(runStore, (s) => s.result)
  if (!result) return null
  return (
    <section className={css.result} aria-labelledby="result-heading" data-testid="result">
      <h2 id="result-heading" className={css.heading} tabIndex={-1}>
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
        <AccuracyNumber
          title={<Term of="glossary.zeroShot">{before}</Term>}
          accuracy={zeroShot}
          testId="zero-shot-accuracy"
        />
        <AccuracyNumber
          title={<Term of="glossary.prompted">{t('result.prompted')}</Term>}
          accuracy={prompted}
          testId="prompted-accuracy"
          strong
        />
        <p className={css.delta}>
          <b data-testid="delta">{t('result.points', { points: points(prompted.top1 - zeroShot.top1) })}</b>
          <span data-testid="p-value" data-value={result.pValue}>
            <Term of="glossary.mcnemar">
              {t('result.mcnemar', {
                p: pValue(result.pValue),
                fixed: count(result.fixed.length),
                broken: count(result.broken.length),
              })}
            </Term>
          </span>
        </p>
      </div>
      <IntervalBars
        rows={[
          { title: before, accuracy: zeroShot, strong: false },
          { title: t('result.prompted'), accuracy: prompted, strong: true },
        ]}
      />
      <Guessing result={result} />
      <WhichPictures />
      <p className={css.measured}>
        <Term of="glossary.test">{t('result.measured')}</Term>
      </p>
    </div>
  )
}
