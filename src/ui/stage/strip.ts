/** The strip of small borders along a run: as many as there is room for, each where its step lies, all on one scale. */
import { THUMB_SIDE, type Thumb } from '../../state/timeline-thumbs'
import { calmScale } from './overlay'
import { colourAt, type Stop } from './palette'

/** Pixels from one thumbnail to the next, at least. */
const PITCH = THUMB_SIDE + 6

/** Which thumbnails are shown, and the left edge of each: slots of equal width, each with the thumbnail nearest to its middle. */
export function placeThumbs(
  thumbs: readonly Thumb[],
  total: number,
  width: number,
): readonly { readonly thumb: Thumb; readonly left: number }[] {
  const slots = Math.max(1, Math.floor((width + PITCH - THUMB_SIDE) / PITCH))
  const room = slots === 1 ? 0 : (width - THUMB_SIDE) / (slots - 1)
  const shown: { thumb: Thumb; left: number }[] = []
  for (let slot = 0; slot < slots; slot++) {
    const middle = slots === 1 ? 0 : (slot / (slots - 1)) * total
    const reach = total / Math.max(1, slots - 1) / 2
    const nearest = thumbs.reduce<Thumb | null>(
      (best, thumb) => (best === null || Math.abs(thumb.step - middle) < Math.abs(best.step - middle) ? thumb : best),
      null,
    )
    if (nearest && Math.abs(nearest.step - middle) <= reach)
      shown.push({ thumb: nearest, left: Math.round(slot * room) })
  }
  return shown
}

export function drawStrip(
  canvas: HTMLCanvasElement,
  thumbs: readonly Thumb[],
  total: number,
  palette: readonly Stop[],
): void {
  const ratio = devicePixelRatio || 1
  const width = canvas.clientWidth
  canvas.width = Math.max(1, Math.round(width * ratio))
  canvas.height = Math.round(THUMB_SIDE * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(ratio, ratio)
  context.imageSmoothingEnabled = false
  const placed = placeThumbs(thumbs, total, width)
  const plane = THUMB_SIDE * THUMB_SIDE
  const scale = calmScale(placed.length * plane, (i) => placed[Math.floor(i / plane)]!.thumb.values[i % plane]!)
  const one = new OffscreenCanvas(THUMB_SIDE, THUMB_SIDE)
  const paper = one.getContext('2d')
  if (!paper) return
  for (const { thumb, left } of placed) {
    const image = paper.createImageData(THUMB_SIDE, THUMB_SIDE)
    thumb.values.forEach((value, i) => {
      const [r, g, b] = colourAt(palette, value / scale)
      image.data.set([r, g, b, 255], 4 * i)
    })
    paper.putImageData(image, 0, 0)
    context.drawImage(one, left, 0, THUMB_SIDE, THUMB_SIDE)
  }
}
