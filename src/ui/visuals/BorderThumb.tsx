/** A learned border, small: the mean of its channels, purple below zero and orange above. Null while there is none. */
import { useEffect, useRef } from 'react'
import { paint } from '../stage/frame'
import { signedBorder, signedScale } from '../stage/overlay'
import { darkPalette, lightPalette } from '../stage/palette'
import { useDark } from '../stage/useScheme'
import css from './BorderThumb.module.css'

interface BorderThumbProps {
  /** float32 [3,S,S], normalised units. */
  readonly pixels: Float32Array | null
  /** Width of the border, pixels. */
  readonly border: number
  /** Without one it is decoration: something near it says whose border it is. */
  readonly alt?: string
  /** Shown darker or lighter than the page is, where it lies on a ground of its own. */
  readonly dark?: boolean
}

export function BorderThumb({ pixels, border, alt, dark }: BorderThumbProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const page = useDark()
  const palette = (dark ?? page) ? darkPalette : lightPalette
  useEffect(() => {
    if (!pixels || !canvas.current) return
    const side = Math.sqrt(pixels.length / 3)
    const scale = signedScale(pixels, side)
    paint(canvas.current, side, (rgba) => signedBorder(rgba, pixels, side, border, scale, palette))
  }, [pixels, border, palette])
  const said = alt === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': alt }
  return pixels ? <canvas ref={canvas} className={css.thumb} {...said} /> : <span className={css.none} {...said} />
}
