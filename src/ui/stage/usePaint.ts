/**
 * Draws into a canvas outside React: on each of the given subscriptions a drawing is asked for, and animation frames
 * make at most one of many. React only hands over the canvas.
 */
import { useEffect, useRef } from 'react'
import { drawer } from './frame'

type Subscribe = (listener: () => void) => () => void

export function usePaint(draw: (canvas: HTMLCanvasElement) => void, subscriptions: readonly Subscribe[]) {
  const canvas = useRef<HTMLCanvasElement>(null)
  // Redrawn after every render too: what `draw` closes over may have changed.
  useEffect(() => {
    const { current } = canvas
    if (!current) return
    draw(current)
    const drawing = drawer(() => draw(current))
    const undo = subscriptions.map((subscribe) => subscribe(() => drawing.request()))
    return () => {
      drawing.cancel()
      for (const one of undo) one()
    }
  })
  return canvas
}
