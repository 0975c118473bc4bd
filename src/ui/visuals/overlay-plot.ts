/** Lines of several runs over one axis of steps, by uPlot: fetched when the first is drawn. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { plotColours } from '../curves/plot'
import { accuracyRange, lossRange } from '../curves/ranges'
import { lineStyle, type Line } from './overlay-lines'

export type Quantity = 'accuracy' | 'loss'

/** `resolve` makes a CSS colour one that a canvas knows. */
export function overlayPlot(
  host: HTMLElement,
  lines: readonly Line[],
  quantity: Quantity,
  height: number,
  resolve: (colour: string) => string,
): uPlot {
  const colours = plotColours(host)
  const data = uPlot.join(lines.map(({ x, y }) => [x, y] as uPlot.AlignedData))
  const percent = quantity === 'accuracy'
  return new uPlot(
    {
      width: host.clientWidth,
      height,
      padding: [10, 18, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false },
        y: { range: (_, low, high) => (percent ? accuracyRange(low, high, null) : lossRange(low, high)) },
      },
      axes: [
        {
          ...{ stroke: colours.soft, font: colours.font, size: 24, gap: 3, space: 60 },
          grid: { show: false },
          ticks: { stroke: colours.rule, size: 4 },
        },
        {
          ...{ stroke: colours.soft, font: colours.font, size: 46, gap: 4, space: 34 },
          grid: { stroke: colours.rule, width: 1 },
          ticks: { show: false },
          border: { show: false },
          values: (_, ticks) =>
            ticks.map((tick) => (percent ? `${Math.round(tick * 100)}\u202f%` : tick.toFixed(tick % 1 ? 1 : 0))),
        },
      ],
      series: [
        {},
        ...lines.map((_, i): uPlot.Series => {
          const { colour, dash } = lineStyle(i)
          return { stroke: resolve(colour), width: 1.75, dash: [...dash], spanGaps: true, points: { show: false } }
        }),
      ],
    },
    data,
    host,
  )
}
