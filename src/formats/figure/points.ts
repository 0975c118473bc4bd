/** Points with their intervals over a number, joined or not: one series for each method, with a legend. */
import { linearScale, panel } from './axes'
import { element, FAINT, figure, fitted, line, mark, path, styleOf, text, textWidth } from './svg'

export interface PointSeries {
  readonly name: string
  readonly points: readonly {
    readonly x: number
    readonly y: number
    /** Drawn where it is given. */
    readonly ci95?: readonly [number, number]
    /** Written beside it. */
    readonly note?: string
  }[]
}

export interface PointsFigure {
  readonly title: string
  readonly caption: string
  readonly xName: string
  readonly yName: string
  readonly series: readonly PointSeries[]
  readonly joined: boolean
  /** Written instead of the number. */
  readonly yText?: (tick: number) => string
  /** A line across, with its name. */
  readonly level?: { readonly name: string; readonly y: number }
  /** The horizontal axis by powers of two. */
  readonly logarithmic?: boolean
}

const WIDTH = 560
const LEFT = 62
const RIGHT = 24
const HEIGHT = 240
const LEGEND_LINE = 15

export function pointsFigure(of: PointsFigure): string {
  const { caption, joined, level, logarithmic = false, series, title, xName, yName, yText } = of
  const { drawn: legend, height: top } = legendOf(series)
  const points = series.flatMap((one) => one.points)
  const bottom = top + 16 + HEIGHT
  const place = (x: number) => (logarithmic ? Math.log2(x) : x)
  const raw = linearScale(
    points.map(({ x }) => place(x)),
    [LEFT + 12, WIDTH - RIGHT],
    { widen: false, count: 8, whole: logarithmic },
  )
  const values = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b)
  const powers = raw.ticks.map((power) => 2 ** power)
  // What stands at its logarithm is written as itself.
  const x = logarithmic
    ? {
        ...raw,
        ticks: values.length <= powers.length ? values : powers,
        at: (value: number) => raw.at(place(value)),
        range: [LEFT, WIDTH - RIGHT] as const,
      }
    : { ...raw, range: [LEFT, WIDTH - RIGHT] as const }
  const y = linearScale(
    [...points.flatMap((point) => [point.y, ...(point.ci95 ?? [])]), ...(level ? [level.y] : [])],
    [bottom, top + 16],
  )
  return figure({ title, caption }, WIDTH, bottom + 48, [
    legend,
    panel({ x, y, xName, yName, ...(yText && { yText }) }),
    level ? line(LEFT, y.at(level.y), WIDTH - RIGHT, y.at(level.y), FAINT, { 'stroke-dasharray': '1 2' }) : '',
    level ? text(WIDTH - RIGHT, y.at(level.y) - 4, level.name, { anchor: 'end', size: 8, fill: FAINT }) : '',
    ...series.map((one, i) => {
      const style = styleOf(i)
      const { colour, dash } = style
      const at = one.points.map((point) => [x.at(point.x), y.at(point.y)] as const)
      return element(
        'g',
        {},
        joined ? path(at, { stroke: colour, 'stroke-width': 1.5, ...(dash ? { 'stroke-dasharray': dash } : {}) }) : '',
        ...one.points.map(({ ci95, x: px }) =>
          ci95 ? line(x.at(px), y.at(ci95[0]), x.at(px), y.at(ci95[1]), colour, { 'stroke-opacity': 0.5 }) : '',
        ),
        ...at.map(([px, py]) => mark(px, py, style, 3)),
        ...one.points.map(({ note }, k) => (note ? noteAt(at[k]!, note) : '')),
      )
    }),
  ])
}

/** On the side where there is room. */
function noteAt([x, y]: readonly [number, number], note: string): string {
  const left = x > (LEFT + WIDTH) / 2
  return text(left ? x - 6 : x + 6, y - 5, fitted(note, 110, 8), { size: 8, anchor: left ? 'end' : 'start' })
}

function legendOf(series: readonly PointSeries[]): { drawn: string; height: number } {
  const size = 10
  const items: string[] = []
  let [x, y] = [LEFT, 16]
  series.forEach(({ name }, i) => {
    const label = fitted(name, WIDTH - LEFT - RIGHT - 20, size)
    const width = 20 + textWidth(label, size)
    if (x > LEFT && x + width > WIDTH - RIGHT) [x, y] = [LEFT, y + LEGEND_LINE]
    items.push(mark(x + 5, y - 3, styleOf(i), 3), text(x + 14, y, label, { size }))
    x += width + 10
  })
  return { drawn: element('g', {}, ...items), height: y }
}
