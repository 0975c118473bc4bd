/** Learning curves of one run or several: training loss above, validation accuracy with its intervals and zero-shot below. */
import type { RunCurves, RunRecord } from '../../records/run-record'
import { linearScale, panel, type Scale } from './axes'
import { provenanceOf } from './provenance'
import { element, FAINT, figure, fitted, line, mark, path, styleOf, text, textWidth, type Style } from './svg'

export interface CurvesRun {
  readonly name: string
  readonly record: RunRecord
  readonly curves: RunCurves
}

const WIDTH = 560
const LEFT = 62
const RIGHT = 14
const PANEL = 150
const LEGEND_LINE = 15
/** Points of one line at most: no page shows more. */
const MOST_POINTS = 1000

export function curvesFigure(runs: readonly CurvesRun[]): string {
  const range = [LEFT, WIDTH - RIGHT] as const
  const { drawn: legend, height: legendHeight } = legendOf(runs)
  const lossTop = legendHeight + 26
  const accuracyTop = lossTop + PANEL + 62
  const steps = runs.flatMap(({ curves }) => [...ends(curves.steps.step), ...ends(curves.validations.step)])
  const x = linearScale([0, ...steps], range, { widen: false, count: 8, whole: true })
  const losses = runs.flatMap(({ curves }) => extent(curves.steps.loss))
  const loss = linearScale(losses, [lossTop + PANEL, lossTop])
  const accuracies = runs.flatMap(({ curves, record }) => [
    ...extent(curves.validations.low),
    ...extent(curves.validations.high),
    ...(record.zeroShot ? [record.zeroShot.top1] : []),
  ])
  const accuracy = linearScale(accuracies, [accuracyTop + PANEL, accuracyTop])
  const percent = (tick: number) => `${Math.round(1000 * tick) / 10}`
  const caption = `Top: cross-entropy of each batch before its step (faint), and its exponential mean over about 12 steps. Bottom: top-1 accuracy on the validation split with 95 % Wilson intervals; the horizontal line is the model without a border. ${provenanceOf(runs)}`
  return figure(
    { title: `Learning curves: ${runs.map(({ name }) => name).join(', ')}`, caption },
    WIDTH,
    accuracyTop + PANEL + 48,
    [
      legend,
      panel({ x, y: loss, xName: 'step', yName: 'loss (nats)', title: 'Training loss' }),
      ...runs.map((run, i) => lossLines(run, styleOf(i), x, loss)),
      panel({ x, y: accuracy, xName: 'step', yName: 'accuracy (%)', yText: percent, title: 'Validation accuracy' }),
      ...runs.map((run, i) => accuracyLines(run, styleOf(i), x, accuracy)),
    ],
  )
}

function lossLines({ curves }: CurvesRun, { colour, dash }: Style, x: Scale, y: Scale): string {
  const { loss, step } = curves.steps
  let mean = NaN
  const smooth = Array.from(loss, (value) => {
    if (Number.isFinite(value)) mean = Number.isFinite(mean) ? mean + 0.15 * (value - mean) : value
    return mean
  })
  const points = (values: ArrayLike<number>) => thinned(step, values).map(([s, v]) => [x.at(s), y.at(v)] as const)
  return element(
    'g',
    {},
    path(points(loss), { stroke: colour, 'stroke-width': 0.75, 'stroke-opacity': 0.3 }),
    path(points(smooth), { stroke: colour, 'stroke-width': 1.5, ...(dash ? { 'stroke-dasharray': dash } : {}) }),
  )
}

function accuracyLines({ curves, record }: CurvesRun, style: Style, x: Scale, y: Scale): string {
  const { high, low, step, top1 } = curves.validations
  const { colour, dash } = style
  const points = Array.from(step, (s, i) => [x.at(s), y.at(top1[i]!)] as const)
  const zeroShot = record.zeroShot && y.at(record.zeroShot.top1)
  return element(
    'g',
    {},
    zeroShot === null ? '' : line(x.range[0], zeroShot, x.range[1], zeroShot, colour, { 'stroke-dasharray': '1 2' }),
    ...Array.from(step, (s, i) =>
      line(x.at(s), y.at(low[i]!), x.at(s), y.at(high[i]!), colour, { 'stroke-opacity': 0.5 }),
    ),
    path(points, { stroke: colour, 'stroke-width': 1.5, ...(dash ? { 'stroke-dasharray': dash } : {}) }),
    ...(points.length <= 60 ? points.map(([px, py]) => mark(px, py, style, 2.5)) : []),
  )
}

/** First and last are kept; of a long line the lowest and highest point of each stretch. */
function thinned(steps: ArrayLike<number>, values: ArrayLike<number>): (readonly [number, number])[] {
  const n = values.length
  const stretch = Math.max(1, Math.ceil((2 * n) / MOST_POINTS))
  if (stretch === 1) return Array.from(steps, (s, i) => [s, values[i]!] as const)
  const kept = new Set([0, n - 1])
  for (let from = 0; from < n; from += stretch) {
    let [low, high] = [from, from]
    for (let i = from; i < Math.min(n, from + stretch); i++) {
      if (values[i]! < values[low]!) low = i
      if (values[i]! > values[high]!) high = i
    }
    kept.add(low).add(high)
  }
  return [...kept].sort((a, b) => a - b).map((i) => [steps[i]!, values[i]!] as const)
}

function legendOf(runs: readonly CurvesRun[]): { drawn: string; height: number } {
  const size = 10
  const most = WIDTH - LEFT - RIGHT - 34
  const items: string[] = []
  let [x, y] = [LEFT, 16]
  runs.forEach(({ name, record }, i) => {
    const style = styleOf(i)
    const accuracy =
      record.zeroShot && record.best
        ? ` (${(100 * record.zeroShot.top1).toFixed(1)} → ${(100 * record.best.accuracy.top1).toFixed(1)} %)`
        : ''
    const label = fitted(`${name}${accuracy}`, most, size)
    const width = 34 + textWidth(label, size)
    if (x > LEFT && x + width > WIDTH - RIGHT) [x, y] = [LEFT, y + LEGEND_LINE]
    items.push(line(x, y - 3, x + 22, y - 3, style.colour, { 'stroke-width': 1.5, ...(style.dash ? { 'stroke-dasharray': style.dash } : {}) }), mark(x + 11, y - 3, style, 2.5), text(x + 27, y, label, { size })) // prettier-ignore
    x += width + 10
  })
  items.push(line(LEFT, y + LEGEND_LINE - 3, LEFT + 22, y + LEGEND_LINE - 3, FAINT, { 'stroke-dasharray': '1 2' }), text(LEFT + 27, y + LEGEND_LINE, 'without a border', { size })) // prettier-ignore
  return { drawn: element('g', {}, ...items), height: y + LEGEND_LINE }
}

const ends = (column: Float64Array): number[] => (column.length === 0 ? [] : [column[0]!, column[column.length - 1]!])

function extent(column: Float64Array): number[] {
  let [low, high] = [Infinity, -Infinity]
  for (const value of column) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low <= high ? [low, high] : []
}
