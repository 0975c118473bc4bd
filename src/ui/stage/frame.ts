/** Drawing outside React: many requests become one drawing in the next animation frame, at most every so many ms. */

export interface Drawer {
  request(): void
  cancel(): void
}

export function drawer(draw: () => void, minIntervalMs = 0): Drawer {
  let frame = 0
  let last = -Infinity
  const tick = (now: number) => {
    if (now - last < minIntervalMs) {
      frame = requestAnimationFrame(tick)
      return
    }
    frame = 0
    last = now
    draw()
  }
  return {
    request() {
      if (!frame) frame = requestAnimationFrame(tick)
    },
    cancel() {
      cancelAnimationFrame(frame)
      frame = 0
    },
  }
}

/** Draws an S x S RGBA image made by `fill` into the canvas, giving it that size in pixels. */
export function paint(canvas: HTMLCanvasElement, side: number, fill: (rgba: Uint8ClampedArray) => void): void {
  if (canvas.width !== side) canvas.width = canvas.height = side
  const context = canvas.getContext('2d')
  if (!context) return
  const image = context.createImageData(side, side)
  fill(image.data)
  context.putImageData(image, 0, 0)
}
