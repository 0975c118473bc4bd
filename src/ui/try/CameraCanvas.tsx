/**
 * What the camera sees, cut as the model is given it, bare and with the border: drawn here, frame by frame, outside React. Of
 * these frames the lab is asked as often as it can answer.
 */
import { useEffect, useRef, type RefObject } from 'react'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { cameraStore } from '../../state/look-camera'
import { askFrame, canAsk, lookStore } from '../../state/look'
import { shownPrompt } from '../../state/livePrompt'
import { sessionStore } from '../../state/session'
import { viewStore } from '../../state/view'
import stage from '../stage/stage.module.css'
import { Wipe } from '../stage/Wipe'
import { addBorder, borderOffsets, sourceSquare } from './camera-frame'
import { eachFrame } from './each-frame'

export function CameraCanvas({ rate }: { readonly rate: RefObject<HTMLElement | null> }) {
  const stream = useStore(cameraStore, (s) => s.stream)
  const model = useStore(sessionStore, (s) => s.model)
  const video = useRef<HTMLVideoElement>(null)
  const before = useRef<HTMLCanvasElement>(null)
  const after = useRef<HTMLCanvasElement>(null)

  useEffect(() => {
    const [element, bare, bordered] = [video.current, before.current, after.current]
    if (!element || !bare || !bordered || !stream || !model) return
    element.srcObject = stream
    void element.play().catch(() => undefined)
    const stop = draw(element, bare, bordered, model, (perSecond) => {
      if (rate.current) rate.current.textContent = t('try.rate', { rate: perSecond.toFixed(0) })
    })
    return () => {
      stop()
      element.srcObject = null
    }
  }, [stream, model, rate])

  return (
    <>
      {/* Off the page but not out of it: a video that is not displayed gives no frames in some browsers. */}
      <video ref={video} muted playsInline aria-hidden="true" style={{ position: 'absolute', opacity: 0, width: 1 }} />
      <Wipe
        before={
          <canvas
            ref={before}
            className={stage.canvas}
            role="img"
            aria-label={t('try.camera.alt')}
            data-testid="try-before"
          />
        }
        after={<canvas ref={after} className={stage.canvas} aria-hidden="true" data-testid="try-after" />}
      />
    </>
  )
}

interface Model {
  readonly imageSize: number
  readonly std: readonly number[]
}

/** Draws each frame from now on; returns the end. `onRate` hears frames a second, once a second. */
function draw(
  video: HTMLVideoElement,
  bare: HTMLCanvasElement,
  bordered: HTMLCanvasElement,
  { imageSize: side, std }: Model,
  onRate: (perSecond: number) => void,
): () => void {
  for (const canvas of [bare, bordered]) canvas.width = canvas.height = side
  // Read back for each frame: on the processor's side from the beginning.
  const context = bare.getContext('2d', { willReadFrequently: true })
  const top = bordered.getContext('2d')
  if (!context || !top) return () => undefined
  let offsets: Float32Array | null = null
  const undo = [
    shownPrompt.subscribe(() => (offsets = null)),
    viewStore.subscribe((now, old) => {
      if (now.strength !== old.strength) offsets = null
    }),
  ]
  let frames = 0
  let since = performance.now()
  const stop = eachFrame(video, () => {
    const { mirror, region } = lookStore.getState()
    const square = sourceSquare(video.videoWidth, video.videoHeight, region)
    if (!square) return
    context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? side : 0, 0)
    context.drawImage(video, square.x, square.y, square.width, square.height, 0, 0, side, side)
    const image = context.getImageData(0, 0, side, side)
    offsets ??= borderOffsets(shownPrompt.get()?.pixels ?? null, side, viewStore.getState().strength, std)
    addBorder(image.data, offsets)
    top.putImageData(image, 0, 0)
    bordered.dataset.frames = String(Number(bordered.dataset.frames ?? 0) + 1)
    if (canAsk()) void askFrame(() => createImageBitmap(video))
    frames++
    const now = performance.now()
    if (now - since < 1000) return
    onRate((1000 * frames) / (now - since))
    frames = 0
    since = now
  })
  return () => {
    stop()
    for (const one of undo) one()
  }
}
