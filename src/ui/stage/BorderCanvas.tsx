/** The border on a canvas, in the display that is chosen, kept up to date outside React. */
import { useEffect, useRef } from 'react'
import { shownPrompt } from '../../state/livePrompt'
import type { BorderDisplay } from '../../state/view'
import { cx } from '../common/cx'
import { drawBorder, drawSpectrum, type PlainDisplay } from './displays'
import { paint } from './frame'
import type { Normalisation } from './overlay'
import type { Palettes } from './palette'
import { inSlices, spectrum } from './spectrum'
import css from './stage.module.css'
import { usePaint } from './usePaint'

interface BorderCanvasProps {
  readonly display: BorderDisplay
  readonly side: number
  /** Width of the border, pixels. */
  readonly border: number
  readonly palettes: Palettes
  readonly model: Normalisation
  readonly label: string
}

/** The shown border where it is of this size; else an empty one. */
function shownPixels(side: number): Float32Array {
  const pixels = shownPrompt.get()?.pixels
  return pixels?.length === 3 * side * side ? pixels : new Float32Array(3 * side * side)
}

export function BorderCanvas(props: BorderCanvasProps) {
  return props.display === 'spectrum' ? <Waves {...props} /> : <Plain {...props} display={props.display} />
}

function Plain({ display, side, border, palettes, model, label }: BorderCanvasProps & { display: PlainDisplay }) {
  const canvas = usePaint(
    (target) =>
      paint(target, side, (rgba) => drawBorder(rgba, display, shownPixels(side), side, border, palettes, model)),
    [shownPrompt.subscribe],
  )
  return (
    <canvas
      ref={canvas}
      className={cx(css.canvas, css.pixels)}
      role="img"
      aria-label={label}
      data-testid="border-canvas"
    />
  )
}

/** Transforms the newest border, then the one that is newest when that is done. */
function Waves({ side, palettes, label }: BorderCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let stop: (() => void) | null = null
    let stale = false
    const begin = () => {
      stale = stop !== null
      if (stale) return
      stop = inSlices(spectrum(shownPixels(side), side), (result) => {
        stop = null
        if (canvas.current) paint(canvas.current, result.size, (rgba) => drawSpectrum(rgba, result, palettes))
        if (stale) begin()
      })
    }
    begin()
    const undo = shownPrompt.subscribe(begin)
    return () => {
      undo()
      stop?.()
    }
  }, [side, palettes])
  return (
    <canvas
      ref={canvas}
      className={cx(css.canvas, css.pixels)}
      role="img"
      aria-label={label}
      data-testid="border-canvas"
    />
  )
}
