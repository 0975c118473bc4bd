/** One accuracy, large, with its interval and its counts. */
import type { ReactNode } from 'react'
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Accuracy } from '../../evaluation/accuracy'
import { Term } from '../visuals/Term'
import css from './Result.module.css'

interface AccuracyNumberProps {
  readonly title: ReactNode
  readonly accuracy: Accuracy
  readonly testId: string
  readonly strong?: boolean
}

export function AccuracyNumber({ title, accuracy, testId, strong }: AccuracyNumberProps) {
  const [low, high] = accuracy.ci95
  return (
    <div className={css.number} data-strong={strong}>
      <p className={css.numberTitle}>{title}</p>
      <p className={css.value} data-testid={testId} data-value={accuracy.top1}>
        {percent(accuracy.top1)}
      </p>
      <p className={css.small}>
        <Term of="glossary.interval">{t('result.interval', { low: percent(low), high: percent(high) })}</Term>
      </p>
      <p className={css.small}>
        {t('result.correct', { correct: count(accuracy.correct), total: count(accuracy.total) })}
      </p>
    </div>
  )
}
