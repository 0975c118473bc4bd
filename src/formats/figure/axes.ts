/** Scales, round ticks, and the frame of a panel with its axes named and their units. */
import { element, FAINT, INK, line, RULE, text } from './svg'

export interface Scale {
  readonly domain: readonly [number, number]
  /** Ends on the page. */
  readonly range: readonly [number, number]
  readonly ticks: readonly number[]
  at(value: number): number
}

/** Steps of 1, 2 or 5 times a power of ten, about `count` of them within [low, high]. */
export function roundTicks(low: number, high: number, count = 5): number[] {
  const rough = (high - low) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  // Whole multiples: sums of the step would gather error.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => round((first + i) * step))
}

const round = (value: number) => Number(value.toPrecision(12))

/** @param widen brings the ends of the domain out to ticks */
export function linearScale(
  values: readonly number[],
  range: readonly [number, number],
  { widen = true, count = 5, whole = false } = {},
): Scale {
  const finite = values.filter((value) => Number.isFinite(value))
  let [low, high] = [Math.min(...finite), Math.max(...finite)]
  if (finite.length === 0) [low, high] = [0, 1]
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2]
  let ticks = roundTicks(low, high, count)
  if (widen && ticks.length > 1) {
    const step = ticks[1]! - ticks[0]!
    low = Math.min(low, round(Math.floor(low / step + 1e-9) * step))
    high = Math.max(high, round(Math.ceil(high / step - 1e-9) * step))
    ticks = roundTicks(low, high, count)
  }
  if (whole) ticks = ticks.filter((tick) => Number.isInteger(tick))
  const [from, to] = range
  const at = (value: number) => from + ((value - low) / (high - low)) * (to - from)
  return { domain: [low, high], range, ticks, at }
}

/** As few digits as tell the ticks apart. */
export function tickText(tick: number, ticks: readonly number[]): string {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : Math.abs(tick) || 1
  const size = Math.max(...ticks.map((one) => Math.abs(one)))
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return tick === 0 ? '0' : tick.toExponential(1).replace('e+', 'e')
  return tick.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9))).replace('-', '\u2212')
}

export interface Panel {
  readonly x: Scale
  readonly y: Scale
  readonly xName: string
  readonly yName: string
  /** Written instead of the number, e.g. as percent. */
  readonly yText?: (tick: number) => string
  /** Above the panel, at its left. */
  readonly title?: string
}

export function panel({ title, x, xName, y, yName, yText }: Panel): string {
  const [left, right] = x.range
  const [bottom, top] = y.range
  const middle = (bottom + top) / 2
  return element(
    'g',
    {},
    ...y.ticks.map((tick) => line(left, y.at(tick), right, y.at(tick), RULE)),
    ...y.ticks.map((tick) =>
      text(left - 6, y.at(tick) + 3.5, yText ? yText(tick) : tickText(tick, y.ticks), { anchor: 'end' }),
    ),
    ...x.ticks.map((tick) => line(x.at(tick), bottom, x.at(tick), bottom + 4)),
    ...x.ticks.map((tick) => text(x.at(tick), bottom + 15, tickText(tick, x.ticks), { anchor: 'middle' })),
    line(left, bottom, right, bottom),
    line(left, bottom, left, top, FAINT),
    text((left + right) / 2, bottom + 29, xName, { anchor: 'middle' }),
    text(left - 42, middle, yName, { anchor: 'middle', turn: -90 }),
    title === undefined ? '' : text(left, top - 8, title, { weight: 'bold', fill: INK }),
  )
}
