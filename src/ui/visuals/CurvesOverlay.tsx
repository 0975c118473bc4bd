/** Curves of several runs over each other, with a key that shows each one's colour and dash. */
import { useEffect, useRef } from 'react'
import { t } from '../../i18n/t'
import { resolveColour } from '../common/colour'
import { useDark } from '../stage/useScheme'
import css from './CurvesOverlay.module.css'
import { lineStyle, type Line } from './overlay-lines'
import type { Quantity } from './overlay-plot'

interface CurvesOverlayProps {
  readonly title: string
  readonly about: string
  readonly quantity: Quantity
  readonly lines: readonly Line[]
}

const HEIGHT = 190

export function CurvesOverlay({ title, about, quantity, lines }: CurvesOverlayProps) {
  const host = useRef<HTMLDivElement>(null)
  const dark = useDark()
  useEffect(() => {
    const element = host.current
    if (!element || lines.length === 0) return
    let remove: (() => void) | null = null
    let wanted = true
    void import('./overlay-plot').then(({ overlayPlot }) => {
      if (!wanted) return
      const plot = overlayPlot(element, lines, quantity, HEIGHT, (colour) => resolveColour(element, colour))
      element.dataset.drawn = 'true'
      const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
      resizing.observe(element)
      remove = () => {
        resizing.disconnect()
        plot.destroy()
      }
    })
    return () => {
      wanted = false
      remove?.()
    }
  }, [lines, quantity, dark])
  return (
    <figure className={css.figure}>
      <figcaption>
        <h3 className={css.title}>{title}</h3>
        <p className={css.about}>{about}</p>
      </figcaption>
      <div
        ref={host}
        className={css.plot}
        role="img"
        aria-label={t('visual.overlay', { title, names: lines.map(({ name }) => name).join(', ') })}
        data-testid={`overlay-${quantity}`}
      />
    </figure>
  )
}

/** Which line is whose. */
export function OverlayKey({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className={css.key}>
      {names.map((name, i) => {
        const { colour, dash } = lineStyle(i)
        return (
          <li key={i}>
            <svg width="30" height="10" aria-hidden="true">
              <line
                x1="0"
                x2="30"
                y1="5"
                y2="5"
                strokeWidth="2"
                strokeDasharray={dash.join(' ')}
                style={{ stroke: colour }}
              />
            </svg>
            {name}
          </li>
        )
      })}
    </ul>
  )
}
