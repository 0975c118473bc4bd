/** Loss and validation accuracy, drawn outside React at no more than ten frames a second. */
import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useStore } from 'zustand'
import { count, percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { metrics } from '../../state/metrics'
import { currentRecipe, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { inTurn } from '../common/inTurn'
import { drawer } from '../stage/frame'
import { useDark } from '../stage/useScheme'
import css from './Curves.module.css'
import { accuracyPlot, lossPlot, plotColours, type PlotColours } from './plot'

const HEIGHT = 168
const MIN_INTERVAL_MS = 100

/** Steps of the run, or of the one that would be started now. */
const total = () => runStore.getState().totalSteps || currentRecipe().steps

export function Curves() {
  return (
    <section className={css.curves} aria-label={t('curves.label')}>
      <Loss />
      <Accuracy />
    </section>
  )
}

function Loss() {
  const hasSteps = useStore(runStore, (s) => s.step > 0)
  const host = usePlot(
    (element, colours) => lossPlot(element, colours, HEIGHT, total),
    () => [metrics.steps.column(0), metrics.steps.column(1), metrics.steps.column(2)],
  )
  const latest = useStore(runStore, (s) => s.validation?.step ?? s.step)
  const loss = metrics.steps.column(2).at(-1)
  return (
    <Curve
      host={host}
      title={t('curves.loss')}
      about={t('curves.loss.about')}
      now={hasSteps && loss !== undefined ? t('curves.loss.now', { loss: loss.toFixed(3), step: latest }) : null}
      testId="loss-plot"
    >
      <span className={css.keyBordered}>{t('curves.smoothed')}</span>
      <span className={css.keyBatch}>{t('curves.batch')}</span>
    </Curve>
  )
}

function Accuracy() {
  const validation = useStore(runStore, (s) => s.validation)
  const zeroShot = useStore(runStore, (s) => s.zeroShot)
  const before = useStore(sessionStore, (s) => t(s.model?.kind === 'classifier' ? 'curves.frozen' : 'curves.zeroShot'))
  // Large splits are validated on a part of them: the interval belongs to the pictures looked at.
  const images = zeroShot?.total
  const host = usePlot(
    (element, colours) =>
      accuracyPlot(element, colours, HEIGHT, total, () => {
        const accuracy = runStore.getState().zeroShot
        return accuracy && { value: accuracy.top1, low: accuracy.ci95[0], high: accuracy.ci95[1] }
      }),
    () => [0, 1, 2, 3].map((i) => metrics.validations.column(i)) as unknown as uPlot.AlignedData,
  )
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
    <Curve host={host} title={t('curves.accuracy')} about={about} now={now} testId="accuracy-plot">
      {validation && (
        <span className={css.keyBordered} data-testid="validation-accuracy" data-value={validation.accuracy.top1}>
          {t('curves.bordered')} {percent(validation.accuracy.top1)}
        </span>
      )}
      {zeroShot && (
        <span className={css.keyZeroShot} data-testid="validation-zero-shot" data-value={zeroShot.top1}>
          {before} {percent(zeroShot.top1)}
        </span>
      )}
    </Curve>
  )
}

interface CurveProps {
  readonly host: RefObject<HTMLDivElement | null>
  readonly title: string
  readonly about: string
  /** Its latest value in words; null while there is none. */
  readonly now: string | null
  readonly testId: string
  /** The key: what each line is. */
  readonly children: ReactNode
}

function Curve({ host, title, about, now, testId, children }: CurveProps) {
  return (
    <figure className={css.curve}>
      <figcaption>
        <h2 className={css.title}>{title}</h2>
        <p className={css.about}>{about}</p>
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

/** Builds a plot in the element, feeds it on every metric, fits it to its width, and rebuilds it when the scheme changes. */
function usePlot(build: (element: HTMLElement, colours: PlotColours) => uPlot, data: () => uPlot.AlignedData) {
  const host = useRef<HTMLDivElement>(null)
  const dark = useDark()
  useEffect(() => {
    const element = host.current
    if (!element) return
    let remove = () => {}
    // Two plots and the rest of the page at once would hold it for too long when it comes up.
    const takeBack = inTurn(() => {
      remove = keepUp(build(element, plotColours(element)), element, data)
    })
    return () => {
      takeBack()
      remove()
    }
    // `build` and `data` close over nothing that changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [dark])
  return host
}

/** Feeds and fits a plot from now on; returns its removal. */
function keepUp(plot: uPlot, element: HTMLElement, data: () => uPlot.AlignedData): () => void {
  const drawing = drawer(() => plot.setData(data()), MIN_INTERVAL_MS)
  drawing.request()
  const undo = [
    metrics.subscribe(() => drawing.request()),
    runStore.subscribe((now, before) => {
      if (now.zeroShot !== before.zeroShot || now.totalSteps !== before.totalSteps) drawing.request()
      if (now.overrides !== before.overrides || now.recipeName !== before.recipeName) drawing.request()
    }),
  ]
  const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
  resizing.observe(element)
  return () => {
    for (const one of undo) one()
    resizing.disconnect()
    drawing.cancel()
    plot.destroy()
  }
}
