/** Two sets of answers to the same images, side by side: what was gained, how sure of it one can be, and on which pictures. */
import { useDeferredValue, useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { compareStore, followComparison, type Compared } from '../../state/compare'
import { sideTitle } from '../../state/comparison-sides'
import { keptRunsStore } from '../../state/kept-runs'
import { Alert } from '../common/Alert'
import { RunProvenance } from '../result/RunProvenance'
import { Papers } from '../runs/Papers'
import { PerClass } from '../visuals/PerClass'
import { Calibration } from './Calibration'
import css from './Compare.module.css'
import { CompareNumbers } from './CompareNumbers'
import { Matrices } from './Matrices'
import { PictureLists } from './PictureLists'
import { SidePicker } from './SidePicker'

export function CompareView() {
  useEffect(followComparison, [])
  const { loading, trouble } = useStore(compareStore)
  // Matrices and tables are many elements: drawn in slices, so that nothing else waits for them.
  const compared = useDeferredValue(
    useStore(compareStore, (s) => s.compared),
    null,
  )
  const none = useStore(keptRunsStore, (s) => s.read && s.records.every(({ best }) => best === null))
  if (none) {
    return (
      <section className={css.empty} aria-labelledby="compare-heading" data-testid="compare-empty">
        <h2 id="compare-heading">{t('compare.empty')}</h2>
        <p>{t('compare.empty.hint')}</p>
      </section>
    )
  }
  return (
    <section className={css.view} aria-labelledby="compare-heading" data-testid="compare">
      <h2 id="compare-heading" className={css.heading}>
        {t('compare.heading')}
      </h2>
      <SidePicker />
      {trouble && <Alert trouble={trouble} />}
      {loading && (
        <p className={css.waiting} role="status">
          {t('compare.loading')}
        </p>
      )}
      {compared && <Comparison compared={compared} />}
    </section>
  )
}

function Comparison({ compared }: { readonly compared: Compared }) {
  const { sides, before, after, report } = compared
  const several = before.id !== after.id
  const titles = {
    before: sideTitle(sides.before, before, several),
    after: sideTitle(sides.after, after, several),
  }
  const { classes } = before.task
  const names = useMemo(() => classes.map(({ name }) => name), [classes])
  return (
    <>
      <CompareNumbers compared={compared} titles={titles} />
      <Papers records={several ? [before, after] : [after]} />
      <div className={css.provenances}>
        <RunProvenance record={before} />
        {several && <RunProvenance record={after} />}
      </div>
      <PictureLists compared={compared} titles={titles} names={names} />
      <section aria-labelledby="compare-classes">
        <h3 id="compare-classes" className={css.title}>
          {t('compare.classes')}
        </h3>
        <PerClass rows={report.perClass} names={names} before={titles.before} after={titles.after} />
      </section>
      <Calibration report={report} titles={titles} />
      <Matrices report={report} titles={titles} names={names} />
    </>
  )
}
