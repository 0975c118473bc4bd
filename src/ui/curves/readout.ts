/** The figures of one step as words: under the pointer, or where somebody looks back at. */
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { Metrics } from '../../state/metrics'
import type { CurveName } from '../../state/view'

const short = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '\u2013')

/** Empty where nothing is known of the step. */
export function figureReadout(metrics: Metrics, curve: CurveName, step: number): string {
  const figures = metrics.at(step)
  if (!figures) return ''
  const value = {
    loss: figures.smoothLoss.toFixed(3),
    rate: short(figures.rate),
    gradient: short(figures.gradient),
    speed: count(Math.round(figures.speed)),
  }[curve]
  return t('curves.at', { step: figures.step, value })
}

export function accuracyReadout(metrics: Metrics, step: number): string {
  const validation = metrics.validationAt(step)
  const train = metrics.at(step)?.smoothAccuracy ?? NaN
  if (!validation) return ''
  const value = percent(validation.top1)
  if (!Number.isFinite(train)) return t('curves.at', { step: validation.step, value })
  return t('curves.at.train', { step: validation.step, value, train: percent(train) })
}
