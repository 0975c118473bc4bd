/** Builds a plot in an element, feeds it on every metric, fits it to its width, and builds it anew when the scheme changes. */
import { useEffect, useRef, type RefObject } from 'react'
import type uPlot from 'uplot'
import { metrics } from '../../state/metrics'
import { currentRecipe, runStore } from '../../state/run'
import { timelineStore } from '../../state/timeline-store'
import { inTurn } from '../common/inTurn'
import { drawer } from '../stage/frame'
import { useDark } from '../stage/useScheme'
import { plotColours, type PlotFrame } from './plot'

const HEIGHT = 168
const MIN_INTERVAL_MS = 100

/** Steps of the run, or of the one that would be started now. */
const total = () => runStore.getState().totalSteps || currentRecipe().steps

interface Readout {
  /** What is plotted: another one is another plot. */
  readonly key: string
  readonly readout: RefObject<HTMLElement | null>
  readonly words: (step: number) => string
}

export function usePlot(
  build: (frame: PlotFrame) => uPlot,
  data: () => readonly ArrayLike<number | null>[],
  { key, readout, words }: Readout,
) {
  const host = useRef<HTMLDivElement>(null)
  const dark = useDark()
  useEffect(() => {
    const element = host.current
    if (!element) return
    let hovered: number | null = null
    const say = () => {
      const step = hovered ?? timelineStore.getState().at
      const text = step === null ? '' : words(step)
      if (readout.current && readout.current.textContent !== text) readout.current.textContent = text
    }
    const frame: PlotFrame = {
      host: element,
      colours: plotColours(element),
      height: HEIGHT,
      total,
      looked: () => timelineStore.getState().at,
      onHover(step) {
        hovered = step
        say()
      },
    }
    let remove = () => {}
    // Two plots and the rest of the page at once would hold it for too long when it comes up.
    const takeBack = inTurn(() => {
      remove = keepUp(build(frame), element, () => data() as unknown as uPlot.AlignedData, say)
    })
    return () => {
      takeBack()
      remove()
    }
    // `build`, `data` and `words` close over nothing that changes but what is plotted.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [dark, key])
  return host
}

/** Feeds and fits a plot from now on; returns its removal. */
function keepUp(plot: uPlot, element: HTMLElement, data: () => uPlot.AlignedData, say: () => void): () => void {
  const drawing = drawer(() => plot.setData(data()), MIN_INTERVAL_MS)
  // Time moves faster than figures come.
  const marking = drawer(() => {
    plot.redraw(false)
    say()
  })
  drawing.request()
  const undo = [
    metrics.subscribe(() => drawing.request()),
    timelineStore.subscribe((now, before) => {
      if (now.at !== before.at) marking.request()
    }),
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
    marking.cancel()
    plot.destroy()
  }
}
