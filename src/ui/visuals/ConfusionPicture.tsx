/** A confusion matrix of many classes: a pixel a cell, darker with its share of the row. A click opens a cell; the list beside it says it in words. */
import { useEffect, useRef, type MouseEvent } from 'react'
import { t } from '../../i18n/t'
import css from './Confusion.module.css'
import type { Cell } from './confusion-grid'

interface ConfusionPictureProps {
  readonly title: string
  readonly counts: Uint32Array
  readonly names: readonly string[]
  readonly onOpen: (cell: Cell) => void
}

export function ConfusionPicture({ title, counts, names, onOpen }: ConfusionPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const classes = names.length
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(classes, classes)
    paintShares(image.data, counts, classes)
    context.putImageData(image, 0, 0)
  }, [counts, classes])

  function cellAt(event: MouseEvent<HTMLCanvasElement>): Cell {
    const box = event.currentTarget.getBoundingClientRect()
    const at = (offset: number, length: number) => Math.min(classes - 1, Math.floor((offset / length) * classes))
    return {
      truth: at(event.clientY - box.top, box.height),
      predicted: at(event.clientX - box.left, box.width),
    }
  }

  return (
    <canvas
      ref={canvas}
      width={classes}
      height={classes}
      className={css.picture}
      role="img"
      aria-label={t('visual.confusion.picture', { title, classes })}
      onClick={(event) => {
        const cell = cellAt(event)
        if (counts[cell.truth * classes + cell.predicted]) onOpen(cell)
      }}
      onMouseMove={(event) => {
        const { truth, predicted } = cellAt(event)
        event.currentTarget.title = `${names[truth]} → ${names[predicted]}: ${counts[truth * classes + predicted]}`
      }}
    />
  )
}

/** RGBA into out, [C*C*4]: one hue on transparent, its strength the square root of the share, so that single errors are seen. */
export function paintShares(out: Uint8ClampedArray, counts: Uint32Array, classes: number): void {
  for (let truth = 0; truth < classes; truth++) {
    let total = 0
    for (let c = 0; c < classes; c++) total += counts[truth * classes + c]!
    for (let c = 0; c < classes; c++) {
      const at = 4 * (truth * classes + c)
      const share = total === 0 ? 0 : counts[truth * classes + c]! / total
      out[at] = 60
      out[at + 1] = 145
      out[at + 2] = 122
      out[at + 3] = 255 * Math.sqrt(share)
    }
  }
}
