/** What is taken for what, on both sides; a cell opens its images in the lists. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { ComparisonReport } from '../../evaluation/comparison'
import { compareStore, select } from '../../state/compare'
import { Confusion } from '../visuals/Confusion'
import type { Cell } from '../visuals/confusion-grid'
import css from './Compare.module.css'
import type { Titles } from './CompareNumbers'
import { goToLists } from './PictureLists'

interface MatricesProps {
  readonly report: ComparisonReport
  readonly titles: Titles
  readonly names: readonly string[]
}

export function Matrices({ report, titles, names }: MatricesProps) {
  const selection = useStore(compareStore, (s) => s.selection)
  const matrix = (side: 'before' | 'after') => (
    <Confusion
      title={titles[side]}
      counts={report[side].confusion}
      names={names}
      open={selection.kind === 'cell' && selection.side === side ? selection : null}
      onOpen={({ truth, predicted }: Cell) => {
        select({ kind: 'cell', side, truth, predicted })
        goToLists()
      }}
    />
  )
  return (
    <section aria-labelledby="compare-confusion">
      <h3 id="compare-confusion" className={css.title}>
        {t('compare.confusion')}
      </h3>
      <p className={css.about}>{t('compare.confusion.about')}</p>
      <div className={css.two}>
        {matrix('before')}
        {matrix('after')}
      </div>
    </section>
  )
}
