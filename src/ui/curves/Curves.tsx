/** Curves of the run, drawn outside React at no more than ten frames a second: one that is chosen, and the accuracy beside it. */
import { useRef, type ReactNode, type RefObject } from 'react'
import 'uplot/dist/uPlot.min.css'
import { useStore } from 'zustand'
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { metrics } from '../../state/metrics'
import { runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { CURVE_NAMES, showCurve, viewStore, type CurveName } from '../../state/view'
import { accuracyColumns, figureColumns } from './columns'
import { Choice } from '../common/Choice'
import { Term } from '../visuals/Term'
import css from './Curves.module.css'
import { accuracyPlot, figurePlot } from './plot'
import { accuracyReadout, figureReadout } from './readout'
import { usePlot } from './usePlot'
import { ValidationMatrix } from './ValidationMatrix'

export function Curves() {
  return (
    <section className={css.curves} aria-label={t('curves.label')}>
      <Figure />
      <Accuracy />
      <ValidationMatrix />
    </section>
  )
}

function Figure() {
  const curve = useStore(viewStore, (s) => s.curve)
  const hasSteps = useStore(runStore, (s) => s.step > 0)
  const latest = useStore(runStore, (s) => s.validation?.step ?? s.step)
  const readout = useRef<HTMLElement>(null)
  const host = usePlot(
    (frame) => figurePlot(frame, curve),
    () => figureColumns(metrics, curve),
    { key: curve, readout, words: (step) => figureReadout(metrics, curve, step) },
  )
  const loss = metrics.column('smoothLoss').at(-1)
  const now = hasSteps && loss !== undefined ? t('curves.loss.now', { loss: loss.toFixed(3), step: latest }) : null
  return (
    <Plot
      host={host}
      heading={<ChosenCurve chosen={curve} />}
      title={t(`curves.${curve}`)}
      about={t(`curves.${curve}.about`)}
      now={now}
      testId="loss-plot"
      readout={readout}
    >
      {curve === 'loss' && (
        <>
          <span className={css.keyBordered}>{t('curves.smoothed')}</span>
          <span className={css.keyBatch}>{t('curves.batch')}</span>
        </>
      )}
    </Plot>
  )
}

function ChosenCurve({ chosen }: { readonly chosen: CurveName }) {
  return (
    <h2 className={css.title}>
      <Choice
        aria-label={t('curves.choice')}
        className={css.choice}
        of={CURVE_NAMES}
        chosen={chosen}
        onChoose={showCurve}
        titleOf={(name) => t(`curves.${name}`)}
        testId="curve"
      />
    </h2>
  )
}

function Accuracy() {
  const validation = useStore(runStore, (s) => s.validation)
  const zeroShot = useStore(runStore, (s) => s.zeroShot)
  const before = useStore(sessionStore, (s) => t(s.model?.kind === 'classifier' ? 'curves.frozen' : 'curves.zeroShot'))
  // Large splits are validated on a part of them: the interval belongs to the pictures looked at.
  const images = zeroShot?.total
  const readout = useRef<HTMLElement>(null)
  const host = usePlot(
    (frame) =>
      accuracyPlot(frame, () => {
        const accuracy = runStore.getState().zeroShot
        return accuracy && { value: accuracy.top1, low: accuracy.ci95[0], high: accuracy.ci95[1] }
      }),
    () => accuracyColumns(metrics),
    { key: 'accuracy', readout, words: (step) => accuracyReadout(metrics, step) },
  )
  const trained = useStore(runStore, (s) => s.step > 0) && Number.isFinite(metrics.column('accuracy').at(-1) ?? NaN)
  const about =
    images === undefined ? t('curves.accuracy.about.none') : t('curves.accuracy.about', { count: count(images) })
  const now =
    validation && zeroShot
      ? t('curves.accuracy.now', {
          accuracy: percent(validation.accuracy.top1),
          step: validation.step,
          before,
          zeroShot: percent(zeroShot.top1),
        })
      : null
  return (
    <Plot
      host={host}
      heading={<h2 className={css.title}>{t('curves.accuracy')}</h2>}
      title={t('curves.accuracy')}
      about={about}
      now={now}
      testId="accuracy-plot"
      readout={readout}
    >
      {validation && (
        <span className={css.keyBordered} data-testid="validation-accuracy" data-value={validation.accuracy.top1}>
          <Term of="glossary.validation">
            {t('curves.bordered')} {percent(validation.accuracy.top1)}
          </Term>
        </span>
      )}
      {zeroShot && (
        <span className={css.keyZeroShot} data-testid="validation-zero-shot" data-value={zeroShot.top1}>
          <Term of="glossary.zeroShot">
            {before} {percent(zeroShot.top1)}
          </Term>
        </span>
      )}
      {trained && (
        <span className={css.keyBatch}>
          <Term of="glossary.batchAccuracy">{t('curves.train')}</Term>
        </span>
      )}
    </Plot>
  )
}

interface PlotProps {
  readonly host: RefObject<HTMLDivElement | null>
  readonly heading: ReactNode
  readonly title: string
  readonly about: string
  /** Its latest value in words; null while there is none. */
  readonly now: string | null
  readonly testId: string
  /** Where the figures of the step under the pointer, or looked back at, are written. */
  readonly readout: RefObject<HTMLElement | null>
  /** The key: what each line is. */
  readonly children: ReactNode
}

function Plot({ host, heading, title, about, now, testId, readout, children }: PlotProps) {
  return (
    <figure className={css.curve}>
      <figcaption>
        {heading}
        <p className={css.about}>
          {about}
          <output
            ref={readout as RefObject<HTMLOutputElement>}
            className={css.readout}
            data-testid={`${testId}-readout`}
          />
        </p>
        <p className={css.key}>{children}</p>
      </figcaption>
      <div
        ref={host}
        className={css.plot}
        role="img"
        aria-label={now ?? `${title}: ${t('curves.empty')}`}
        data-testid={testId}
      />
    </figure>
  )
}
