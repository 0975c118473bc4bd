/**
 * The learned border, enlarged. It is itself a mat: its opening is cut out with a bevel, and what would be the picture
 * is where the run says how far it is.
 */
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { borderWidth } from '../../learning/border'
import { livePrompt } from '../../state/livePrompt'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { viewStore } from '../../state/view'
import { Bevel, Frame } from '../common/Frame'
import { cx } from '../common/cx'
import { useRecipe } from '../recipe/useRecipe'
import { BorderCaption } from './BorderCaption'
import { asIsBorder, signedBorder, signedScale } from './overlay'
import { darkPalette, lightPalette } from './palette'
import { paint } from './frame'
import css from './stage.module.css'
import { useDark } from './useScheme'
import { usePaint } from './usePaint'

const FALLBACK_SIDE = 64

export function BorderPlate() {
  const model = useStore(sessionStore, (s) => s.model)
  const learnedBorder = useStore(runStore, (s) => s.border)
  const display = useStore(viewStore, (s) => s.display)
  const recipe = useRecipe()
  const palette = useDark() ? darkPalette : lightPalette

  const side = model?.imageSize ?? FALLBACK_SIDE
  const border = learnedBorder ?? borderWidth(recipe, side)

  const canvas = usePaint(
    (target) => {
      const prompt = livePrompt.get()?.pixels
      const values = prompt?.length === 3 * side * side ? prompt : new Float32Array(3 * side * side)
      paint(target, side, (rgba) => {
        if (display === 'asIs' && model && prompt) asIsBorder(rgba, values, side, border, model)
        else signedBorder(rgba, values, side, border, signedScale(values, side), palette)
      })
    },
    [livePrompt.subscribe],
  )

  return (
    <figure className={css.plate}>
      <Frame>
        <div className={css.picture}>
          <canvas
            ref={canvas}
            className={cx(css.canvas, css.pixels)}
            role="img"
            aria-label={t('border.title')}
            data-testid="border-canvas"
          />
          <Bevel inset={(100 * border) / side} />
          <div className={css.inside} style={{ inset: `${(100 * border) / side}%` }}>
            <Inside />
          </div>
        </div>
      </Frame>
      <figcaption>
        <BorderCaption side={side} palette={palette} />
      </figcaption>
    </figure>
  )
}

/** Step and validation accuracy, in the opening. */
function Inside() {
  const { status, step, totalSteps, validation, best, result, lastGoodStep } = useStore(runStore)
  if (status === 'idle' || (status === 'failed' && step === 0)) {
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
