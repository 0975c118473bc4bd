/** The two plots as uPlot options: thin axes, no legend box, colours of the page. uPlot is touched only here. */
import uPlot from 'uplot'
import { accuracyRange, lossRange, type Baseline } from './ranges'
import { colourOf } from '../common/colour'

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

const shared = (colours: PlotColours, size: uPlot.Options['width'], height: number, total: () => number) => ({
  width: size,
  height,
  // On the right, room for half of the last tick's number.
  padding: [10, 18, 0, 0] as uPlot.Padding,
  cursor: { show: false },
  legend: { show: false },
  scales: { x: { time: false, range: () => [0, Math.max(1, total())] as uPlot.Range.MinMax } },
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
    size: 42,
    gap: 4,
    space: 34,
  } satisfies uPlot.Axis,
})

/** Columns: step, loss, smoothed loss. */
export function lossPlot(host: HTMLElement, colours: PlotColours, height: number, total: () => number): uPlot {
  const { xAxis, yAxis, scales, ...rest } = shared(colours, host.clientWidth, height, total)
  const decimals = (_: uPlot, ticks: number[]) => ticks.map((tick) => tick.toFixed(ticks.some((v) => v % 1) ? 1 : 0))
  return new uPlot(
    {
      ...rest,
      scales: { ...scales, y: { range: (_, low, high) => lossRange(low, high) } },
      axes: [xAxis, { ...yAxis, values: decimals }],
      series: [
        {},
        { stroke: colours.soft, width: 1, alpha: 0.38, points: { show: false } },
        { stroke: colours.accent, width: 2, points: { show: false } },
      ],
    },
    [[], [], []],
    host,
  )
}

/** Columns: step, accuracy, low, high (fractions of 1). The zero-shot line is drawn under them. */
export function accuracyPlot(
  host: HTMLElement,
  colours: PlotColours,
  height: number,
  total: () => number,
  baseline: () => Baseline | null,
): uPlot {
  const { xAxis, yAxis, scales, ...rest } = shared(colours, host.clientWidth, height, total)
  return new uPlot(
    {
      ...rest,
      scales: { ...scales, y: { range: (_, low, high) => accuracyRange(low, high, baseline()) } },
      axes: [
        xAxis,
        { ...yAxis, size: 46, values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)}\u202f%`) },
      ],
      series: [
        {},
        { stroke: colours.accent, width: 2, points: { show: true, size: 6, fill: colours.accent } },
        { width: 0, points: { show: false } },
        { width: 0, points: { show: false } },
      ],
      bands: [{ series: [3, 2], fill: withAlpha(colours.accent, 0.16) }],
      hooks: { drawAxes: [(plot) => drawBaseline(plot, colours, baseline())] },
    },
    [[], [], [], []],
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

const withAlpha = (colour: string, alpha: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`
