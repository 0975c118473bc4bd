/** A confusion matrix: counts in the cells, shaded by their share of the images of the true class. */
import type { RunRecord } from '../../records/run-record'
import { provenance } from './provenance'
import { element, figure, FAINT, fitted, INK, text, textWidth } from './svg'

export interface ConfusionOptions {
  readonly record: RunRecord
  /** Counts [C,C], row = truth, column = prediction; see `confusion` of src/evaluation. */
  readonly counts: ArrayLike<number>
  /** Whose answers: "with the border", "zero-shot". */
  readonly answers: string
  readonly split: 'validation' | 'test'
}

const MOST_LABEL = 130
/** From here on cells are too small for numbers. */
const MOST_NUMBERED = 30

export function confusionFigure({ answers, counts, record, split }: ConfusionOptions): string {
  const names = record.task.classes.map(({ name }) => name)
  const C = names.length
  if (counts.length !== C * C) throw new Error(`${counts.length} counts for ${C} classes`)
  const cell = Math.max(4, Math.min(34, 420 / C))
  const size = Math.max(4, Math.min(10, cell - 1))
  const label = Math.min(MOST_LABEL, Math.max(...names.map((name) => textWidth(name, size))) + 6)
  const [left, top] = [label + 30, label + 34]
  const side = C * cell
  const cells: string[] = []
  for (let truth = 0; truth < C; truth++) {
    let images = 0
    for (let c = 0; c < C; c++) images += counts[truth * C + c]!
    for (let predicted = 0; predicted < C; predicted++) {
      const count = counts[truth * C + predicted]!
      if (count === 0) continue
      const share = count / images
      const [x, y] = [left + predicted * cell, top + truth * cell]
      cells.push(element('rect', { x, y, width: cell, height: cell, fill: shade(share) }))
      if (C > MOST_NUMBERED) continue
      const fill = share > 0.55 ? '#ffffff' : INK
      cells.push(
        text(x + cell / 2, y + cell / 2 + 3.5, String(count), {
          anchor: 'middle',
          fill,
          size: Math.min(10, cell / 2.4),
        }),
      )
    }
  }
  const width = Math.max(380, left + side + 90)
  const caption = `Confusion matrix of the answers ${answers} on the ${split} split: number of images, shaded by the share of the images of the true class. ${provenance(record)}.`
  return figure({ title: `Confusion matrix, ${answers}, ${split} split`, caption }, width, top + side + 24, [
    text(left + side / 2, 16, 'predicted class', { anchor: 'middle' }),
    text(14, top + side / 2, 'true class', { anchor: 'middle', turn: -90 }),
    ...names.flatMap((name, i) => {
      const [across, down] = [left + (i + 0.5) * cell, top + (i + 0.5) * cell]
      const short = fitted(name, label - 4, size)
      return [text(across + size / 3, top - 5, short, { size, turn: -90 }), text(left - 5, down + size / 3, short, { anchor: 'end', size })] // prettier-ignore
    }),
    ...cells,
    element('rect', { x: left, y: top, width: side, height: side, fill: 'none', stroke: FAINT }),
    ...legend(left + side + 18, top, Math.min(side, 120)),
  ])
}

/** White to the page's green, whose lightness alone tells. */
function shade(share: number): string {
  const [from, to] = [[255, 255, 255], [23, 89, 76]] // prettier-ignore
  return `rgb(${from!.map((low, i) => Math.round(low + share * (to![i]! - low))).join(',')})`
}

function legend(x: number, y: number, height: number): string[] {
  const steps = 20
  const boxes = Array.from({ length: steps }, (_, i) =>
    element('rect', {
      x,
      y: y + (i * height) / steps,
      width: 10,
      height: height / steps + 0.5,
      fill: shade(1 - (i + 0.5) / steps),
    }),
  )
  const marks = [0, 50, 100].map((percent) => text(x + 15, y + height * (1 - percent / 100) + 3.5, `${percent} %`))
  return [...boxes, element('rect', { x, y, width: 10, height, fill: 'none', stroke: FAINT }), ...marks]
}
