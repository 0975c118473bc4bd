/**
 * The time scrubber: a strip of small borders along the run, and under it a slider over its steps. Moving it moves border,
 * curves and predictions together; the end is the present.
 *
 * The slider is the browser's own and is moved outside React, since it follows every step.
 */
import { useEffect, useRef, type KeyboardEvent } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { provideActions } from '../../state/actions'
import { metrics } from '../../state/metrics'
import { currentRecipe, runStore } from '../../state/run'
import { goBy, goLive, goTo, goToStart } from '../../state/timeline'
import { timelineStore } from '../../state/timeline-store'
import { timelineThumbs } from '../../state/timeline-thumbs'
import { drawer } from './frame'
import { palettes } from './palette'
import css from './Timeline.module.css'
import { drawStrip } from './strip'
import { useDark } from './useScheme'

const KEYS: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => goBy(-1),
  ArrowDown: () => goBy(-1),
  ArrowRight: () => goBy(1),
  ArrowUp: () => goBy(1),
  PageDown: () => goBy(-5),
  PageUp: () => goBy(5),
  Home: goToStart,
  End: goLive,
}

function onKeyDown(event: KeyboardEvent): void {
  const move = KEYS[event.key]
  if (!move || event.altKey || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  move()
}

const total = () => runStore.getState().totalSteps || currentRecipe().steps

export function Timeline() {
  const slider = useRef<HTMLInputElement>(null)
  const strip = useRef<HTMLCanvasElement>(null)
  const readout = useRef<HTMLOutputElement>(null)
  const empty = useStore(timelineStore, (s) => s.kept.length === 0)
  const live = useStore(timelineStore, (s) => s.at === null)
  const dark = useDark()

  useEffect(() => {
    const moving = drawer(() => {
      if (slider.current && readout.current) place(slider.current, readout.current)
    })
    const undo = [
      runStore.subscribe((now, before) => {
        if (now.step !== before.step || now.totalSteps !== before.totalSteps || now.status !== before.status) {
          moving.request()
        }
        if (now.overrides !== before.overrides) moving.request()
      }),
      timelineStore.subscribe(() => moving.request()),
    ]
    moving.request()
    return () => {
      for (const one of undo) one()
      moving.cancel()
    }
  }, [])

  useEffect(() => {
    const canvas = strip.current
    if (!canvas) return
    const { diverging } = palettes(dark)
    const drawing = drawer(() => drawStrip(canvas, timelineThumbs.all(), total(), diverging), 200)
    const resizing = new ResizeObserver(() => drawing.request())
    resizing.observe(canvas)
    const undo = timelineThumbs.subscribe(() => drawing.request())
    return () => {
      undo()
      resizing.disconnect()
      drawing.cancel()
    }
  }, [dark])

  useEffect(
    () =>
      provideActions([
        { id: 'time.back', title: 'action.time.back', group: 'look', keys: '[', enabled: hasPast, run: () => goBy(-1) },
        { id: 'time.on', title: 'action.time.on', group: 'look', keys: ']', enabled: isBack, run: () => goBy(1) },
        { id: 'time.now', title: 'action.time.now', group: 'look', keys: null, enabled: isBack, run: goLive },
      ]),
    [],
  )

  return (
    <div className={css.timeline} data-testid="timeline" data-empty={empty || undefined}>
      <label className={css.label} htmlFor="timeline-slider">
        {t('timeline.label')}
      </label>
      <div className={css.track}>
        <canvas ref={strip} className={css.strip} aria-hidden="true" data-testid="timeline-strip" />
        <input
          ref={slider}
          id="timeline-slider"
          className={css.slider}
          type="range"
          min={0}
          max={1}
          step={1}
          defaultValue={1}
          disabled={empty}
          onInput={({ currentTarget }) => goTo(currentTarget.valueAsNumber)}
          onKeyDown={onKeyDown}
          data-testid="timeline-slider"
        />
      </div>
      <div className={css.end}>
        <output ref={readout} className={css.readout} data-testid="timeline-readout" htmlFor="timeline-slider" />
        <Button className={css.now} isDisabled={live} onPress={goLive} data-testid="timeline-now">
          {t('timeline.now')}
        </Button>
      </div>
    </div>
  )
}

const hasPast = () => timelineStore.getState().kept.length > 1
const isBack = () => timelineStore.getState().at !== null

/** Brings slider and words to where the run and its looking back are now. */
function place(slider: HTMLInputElement, readout: HTMLOutputElement): void {
  const { at, shown, kept } = timelineStore.getState()
  const { step, status, result } = runStore.getState()
  const end = Math.max(1, total())
  slider.max = String(end)
  slider.valueAsNumber = at ?? (status === 'finished' ? end : step)
  slider.style.setProperty('--reached', String(Math.min(1, step / end)))
  const words =
    at === null
      ? t(result ? 'timeline.kept' : 'timeline.live', { step: result?.bestStep ?? step })
      : t('timeline.step', { step: shown ?? at })
  readout.textContent = kept.length === 0 ? '' : words
  const validation = at === null ? null : metrics.validationAt(at)
  slider.setAttribute(
    'aria-valuetext',
    validation ? `${words}, ${t('border.onValidation', { accuracy: percent(validation.top1) })}` : words,
  )
}
