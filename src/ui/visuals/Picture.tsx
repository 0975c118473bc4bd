/** A picture as the lab sends it, drawn at its own resolution. */
import { useEffect, useRef } from 'react'
import { paint } from '../stage/frame'
import css from './Picture.module.css'

interface PictureProps {
  /** uint8 RGB planes [3,S,S]; null while it is on its way. */
  readonly pixels: Uint8Array | null
  /** Without one it is decoration: something near it says what it shows. */
  readonly alt?: string
}

/** Below this side, enlarged pixels stay square; above, the browser smooths. */
const PIXELATED_BELOW = 129

export function Picture({ pixels, alt }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const side = pixels ? Math.sqrt(pixels.length / 3) : 1
  useEffect(() => {
    if (!pixels || !canvas.current) return
    const plane = pixels.length / 3
    paint(canvas.current, Math.sqrt(plane), (rgba) => {
      for (let i = 0; i < plane; i++) {
        for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[c * plane + i]!
        rgba[4 * i + 3] = 255
      }
    })
  }, [pixels])
  const said = alt === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': alt }
  return <canvas ref={canvas} className={css.picture} data-pixelated={side < PIXELATED_BELOW || undefined} {...said} />
}
