/** Confidence against accuracy on both sides. */
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { ComparisonReport } from '../../evaluation/comparison'
import { Reliability } from '../visuals/Reliability'
import { Term } from '../visuals/Term'
import css from './Compare.module.css'
import type { Titles } from './CompareNumbers'

export function Calibration({ report, titles }: { readonly report: ComparisonReport; readonly titles: Titles }) {
  return (
    <section aria-labelledby="compare-calibration">
      <h3 id="compare-calibration" className={css.title}>
        {t('compare.calibration')}
      </h3>
      <p className={css.about}>
        <Term of="glossary.ece">{t('compare.ece')}</Term>{' '}
        {t('compare.ece.both', { before: percent(report.before.ece), after: percent(report.after.ece) })}
      </p>
      <div className={css.two}>
        <Reliability title={titles.before} bins={report.before.reliability} ece={report.before.ece} strong={false} />
        <Reliability title={titles.after} bins={report.after.reliability} ece={report.after.ece} strong />
      </div>
    </section>
  )
}
