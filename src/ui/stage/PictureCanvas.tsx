/** A picture at its own resolution, bare or with the border at the present strength, kept up to date as it grows. */
import { useStore } from 'zustand'
import type { PictureInfo } from '../../lab/protocol'
import { shownPrompt } from '../../state/livePrompt'
import { sessionStore } from '../../state/session'
import { viewStore } from '../../state/view'
import { paint } from './frame'
import { overlay } from './overlay'
import css from './stage.module.css'
import { usePaint } from './usePaint'

interface PictureCanvasProps {
  readonly picture: Pick<PictureInfo, 'pixels'>
  readonly bordered: boolean
  readonly testId?: string
  /** Without one the canvas is decoration: something near it says what it shows. */
  readonly alt?: string
}

/** Below this side, enlarged pixels stay square; above, the browser smooths. */
const PIXELATED_BELOW = 129

export function PictureCanvas({ picture, bordered, testId, alt }: PictureCanvasProps) {
  const model = useStore(sessionStore, (s) => s.model)
  const side = Math.sqrt(picture.pixels.length / 3)
  const canvas = usePaint(
    (target) => {
      if (!model) return
      const prompt = bordered ? (shownPrompt.get()?.pixels ?? null) : null
      const fitting = prompt?.length === picture.pixels.length ? prompt : null
      paint(target, side, (rgba) => overlay(rgba, picture.pixels, fitting, viewStore.getState().strength, model))
    },
    bordered ? [shownPrompt.subscribe, viewStore.subscribe] : [],
  )
  return (
    <canvas
      ref={canvas}
      className={css.canvas}
      data-pixelated={side < PIXELATED_BELOW || undefined}
      data-testid={testId}
      {...(alt ? { role: 'img', 'aria-label': alt } : { 'aria-hidden': true })}
    />
  )
}
