/**
 * The learned border, enlarged. It is itself a mat: its opening is cut out with a bevel, and what would be the picture
 * is where the run says how far it is.
 */
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { borderWidth } from '../../learning/border'
import { metrics } from '../../state/metrics'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { timelineStore } from '../../state/timeline-store'
import { viewStore } from '../../state/view'
import { Bevel, Frame } from '../common/Frame'
import { useRecipe } from '../recipe/useRecipe'
import { BorderCanvas } from './BorderCanvas'
import { BorderCaption } from './BorderCaption'
import { palettes } from './palette'
import css from './stage.module.css'
import { useDark } from './useScheme'

const FALLBACK_SIDE = 64

/** Shown before there is a model: only an empty border can be. */
const PLAIN = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }

export function BorderPlate() {
  const model = useStore(sessionStore, (s) => s.model)
  const learnedBorder = useStore(runStore, (s) => s.border)
  const display = useStore(viewStore, (s) => s.display)
  const recipe = useRecipe()
  const dark = useDark()
  const colours = useMemo(() => palettes(dark), [dark])

  const side = model?.imageSize ?? FALLBACK_SIDE
  const border = learnedBorder ?? borderWidth(recipe, side)

  return (
    <figure className={css.plate}>
      <Frame>
        <div className={css.picture}>
          <BorderCanvas
            display={display}
            side={side}
            border={border}
            palettes={colours}
            model={model ?? PLAIN}
            label={t('border.title')}
          />
          {/* The spectrum is no mat: it has no opening. */}
          {display !== 'spectrum' && (
            <>
              <Bevel inset={(100 * border) / side} />
              <div className={css.inside} style={{ inset: `${(100 * border) / side}%` }}>
                <Inside />
              </div>
            </>
          )}
        </div>
      </Frame>
      <figcaption>
        <BorderCaption side={side} palettes={colours} />
      </figcaption>
    </figure>
  )
}

/** Step and validation accuracy, in the opening. */
function Inside() {
  const { status, step, totalSteps, validation, best, result, lastGoodStep } = useStore(runStore)
  const past = useStore(timelineStore, (s) => s.shown)
  if (past !== null) {
    const validated = metrics.validationAt(past)
    return (
      <>
        <p className={css.insideSmall}>{t('border.past')}</p>
        <p className={css.insideLarge} data-testid="border-step">
          {past}
        </p>
        {validated && (
          <p className={css.insideSmall}>
            {t('border.onValidation.at', { accuracy: percent(validated.top1), step: validated.step })}
          </p>
        )}
      </>
    )
  }
  // A run that is only looked at stands at a step, and is idle.
  if ((status === 'idle' || status === 'failed') && step === 0) {
    return (
      <>
        <p className={css.insideQuiet}>{t('border.empty')}</p>
        <p className={css.insideSmall}>{t('border.empty.hint')}</p>
      </>
    )
  }
  const shown = result
    ? { step: result.bestStep, accuracy: best?.accuracy }
    : { step: lastGoodStep ?? step, accuracy: validation?.accuracy }
  return (
    <>
      <p className={css.insideSmall}>{t(result || lastGoodStep !== null ? 'border.best' : 'border.step')}</p>
      <p className={css.insideLarge} data-testid="border-step">
        {shown.step}
        {isActive(status) && <span> / {totalSteps}</span>}
      </p>
      {shown.accuracy && (
        <p className={css.insideSmall}>{t('border.onValidation', { accuracy: percent(shown.accuracy.top1) })}</p>
      )}
      {status === 'starting' && <p className={css.insideSmall}>{t('border.starting')}</p>}
    </>
  )
}
