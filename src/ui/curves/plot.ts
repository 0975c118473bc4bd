/** The plots as uPlot options: thin axes, no legend box, colours of the page, a line at the step looked at. uPlot is touched only here. */
import uPlot from 'uplot'
import type { CurveName } from '../../state/view'
import { colourOf } from '../common/colour'
import { accuracyRange, lossRange, type Baseline } from './ranges'

export interface PlotColours {
  readonly ink: string
  readonly soft: string
  readonly rule: string
  readonly accent: string
  readonly font: string
}

export function plotColours(element: Element): PlotColours {
  return {
    ink: colourOf(element, '--ink'),
    soft: colourOf(element, '--ink-soft'),
    rule: colourOf(element, '--rule'),
    accent: colourOf(element, '--accent'),
    font: `12px ${getComputedStyle(element).getPropertyValue('--sans').trim()}`,
  }
}

export interface PlotFrame {
  readonly host: HTMLElement
  readonly colours: PlotColours
  readonly height: number
  /** Right end of the axis of steps. */
  total(): number
  /** Step that somebody looks back at; null in the present. */
  looked(): number | null
  /** Told the step under the pointer; null when it has left. */
  onHover(step: number | null): void
}

function shared({ host, colours, height, total, looked, onHover }: PlotFrame) {
  return {
    width: host.clientWidth,
    height,
    // On the right, room for half of the last tick's number.
    padding: [10, 18, 0, 0] as uPlot.Padding,
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: { x: { time: false, range: () => [0, Math.max(1, total())] as uPlot.Range.MinMax } },
    hooks: {
      draw: [(plot: uPlot) => drawLooked(plot, colours, looked())],
      setCursor: [
        ({ cursor: { left }, posToVal }: uPlot) => {
          const inside = left != null && left >= 0
          onHover(inside ? Math.round(Math.max(0, posToVal(left, 'x'))) : null)
        },
      ],
    },
    xAxis: {
      stroke: colours.soft,
      font: colours.font,
      grid: { show: false },
      ticks: { stroke: colours.rule, size: 4 },
      size: 24,
      gap: 3,
      space: 60,
    } satisfies uPlot.Axis,
    yAxis: {
      stroke: colours.soft,
      font: colours.font,
      grid: { stroke: colours.rule, width: 1 },
      ticks: { show: false },
      border: { show: false },
      size: 46,
      gap: 4,
      space: 34,
    } satisfies uPlot.Axis,
  }
}

/** Columns: step and one figure; of the loss step, each batch, smoothed. */
export function figurePlot(frame: PlotFrame, curve: CurveName): uPlot {
  const { colours, host } = frame
  const { xAxis, yAxis, scales, ...rest } = shared(frame)
  const line: uPlot.Series = { stroke: colours.accent, width: 2, points: { show: false } }
  const batch: uPlot.Series = { stroke: colours.soft, width: 1, alpha: 0.38, points: { show: false } }
  const range = curve === 'loss' ? lossRange : fromZero
  const series = curve === 'loss' ? [batch, line] : [{ ...line, width: 1.5 }]
  return new uPlot(
    {
      ...rest,
      scales: { ...scales, y: { range: (_, low, high) => range(low, high) } },
      axes: [xAxis, { ...yAxis, values: (_, ticks) => ticks.map(short) }],
      series: [{}, ...series],
    },
    [[], ...series.map(() => [])] as unknown as uPlot.AlignedData,
    host,
  )
}

const fromZero = (_: number | null, high: number | null): [number, number] => [
  0,
  high !== null && Number.isFinite(high) && high > 0 ? high * 1.08 : 1,
]

/** As short as it can be without losing the difference to the next tick. */
const short = (tick: number): string =>
  Math.abs(tick) >= 10_000 ? `${tick / 1000}k` : String(Number(tick.toPrecision(3)))

/** Columns: step; validation accuracy, low, high; training accuracy (fractions of 1). The zero-shot line lies under them. */
export function accuracyPlot(frame: PlotFrame, baseline: () => Baseline | null): uPlot {
  const { colours, host } = frame
  const { xAxis, yAxis, scales, hooks, ...rest } = shared(frame)
  return new uPlot(
    {
      ...rest,
      scales: { ...scales, y: { range: (_, low, high) => accuracyRange(low, high, baseline()) } },
      axes: [xAxis, { ...yAxis, values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)}\u202f%`) }],
      series: [
        {},
        { stroke: colours.accent, width: 2, spanGaps: true, points: { show: true, size: 6, fill: colours.accent } },
        { width: 0, spanGaps: true, points: { show: false } },
        { width: 0, spanGaps: true, points: { show: false } },
        { stroke: colours.soft, width: 1, points: { show: false } },
      ],
      bands: [{ series: [3, 2], fill: withAlpha(colours.accent, 0.16) }],
      hooks: { ...hooks, drawAxes: [(plot) => drawBaseline(plot, colours, baseline())] },
    },
    [[], [], [], [], []],
    host,
  )
}

function drawBaseline(plot: uPlot, colours: PlotColours, baseline: Baseline | null): void {
  if (!baseline) return
  const { ctx } = plot
  const { left, width } = plot.bbox
  const y = (value: number) => plot.valToPos(value, 'y', true)
  ctx.save()
  ctx.fillStyle = withAlpha(colours.soft, 0.16)
  ctx.fillRect(left, y(baseline.high), width, y(baseline.low) - y(baseline.high))
  ctx.strokeStyle = colours.soft
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(left, y(baseline.value))
  ctx.lineTo(left + width, y(baseline.value))
  ctx.stroke()
  ctx.restore()
}

function drawLooked(plot: uPlot, colours: PlotColours, step: number | null): void {
  if (step === null) return
  const { ctx } = plot
  const { top, height } = plot.bbox
  const x = Math.round(plot.valToPos(step, 'x', true))
  ctx.save()
  ctx.strokeStyle = colours.ink
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, top + height)
  ctx.stroke()
  ctx.restore()
}

const withAlpha = (colour: string, alpha: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`
