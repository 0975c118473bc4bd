/** Test accuracies with their intervals, a row for each: a mark, a whisker from end to end of the interval, the number. */
import type { Accuracy } from '../../evaluation/accuracy'
import type { RunRecord } from '../../records/run-record'
import { linearScale, panel } from './axes'
import { provenanceOf } from './provenance'
import { element, figure, fitted, line, mark, styleOf, text } from './svg'

export interface BarsRun {
  readonly name: string
  /** One that was measured. */
  readonly record: RunRecord
}

interface Row {
  readonly label: string
  readonly accuracy: Accuracy
  /** 0: without a border; 1: with. */
  readonly style: 0 | 1
}

const WIDTH = 560
const LEFT = 210
const RIGHT = 70
const ROW = 22
const TOP = 16

/** @throws Error where one was not measured */
export function barsFigure(runs: readonly BarsRun[]): string {
  const rows = runs.flatMap(({ name, record }): Row[] => {
    if (!record.outcome) throw new Error(`${name} was not measured`)
    const { prompted, zeroShot } = record.outcome
    const before = record.model.kind === 'clip' ? 'zero-shot' : 'frozen model'
    const of = (what: string) => (runs.length === 1 ? what : `${name}, ${what}`)
    return [
      { label: of(before), accuracy: zeroShot, style: 0 },
      { label: of('with the border'), accuracy: prompted, style: 1 },
    ]
  })
  const bottom = TOP + rows.length * ROW + 6
  const values = rows.flatMap(({ accuracy }) => [...accuracy.ci95])
  const x = linearScale(values, [LEFT, WIDTH - RIGHT], { count: 6 })
  const percent = { ...x, ticks: x.ticks.map((tick) => 100 * tick), at: (value: number) => x.at(value / 100) }
  const y = linearScale([0, 1], [bottom, TOP], { count: 1 })
  const tests = runs.map(
    ({ name, record: { outcome } }) =>
      `${runs.length === 1 ? '' : `${name}: `}${outcome!.fixed} fixed, ${outcome!.broken} broken, McNemar’s exact p ${outcome!.pValue < 1e-4 ? '< 0.0001' : `= ${outcome!.pValue.toFixed(4)}`}`,
  )
  const caption = `Top-1 accuracy on the test split, with 95 % Wilson intervals; the axis need not begin at zero. ${tests.join('; ')}. ${provenanceOf(runs)}`
  return figure({ title: `Test accuracy: ${runs.map(({ name }) => name).join(', ')}`, caption }, WIDTH, bottom + 48, [
    panel({ x: percent, y: { ...y, ticks: [] }, xName: 'accuracy on the test split (%)', yName: '' }),
    ...rows.map(({ accuracy, label, style }, i) => {
      const at = TOP + (i + 0.5) * ROW
      const { colour } = styleOf(style)
      const [low, high] = accuracy.ci95.map((bound) => x.at(bound)) as [number, number]
      const cap = (px: number) => line(px, at - 4, px, at + 4, colour)
      return element(
        'g',
        {},
        text(LEFT - 8, at + 3.5, fitted(label, LEFT - 16), { anchor: 'end' }),
        line(low, at, high, at, colour, { 'stroke-width': 1.5 }),
        cap(low),
        cap(high),
        mark(x.at(accuracy.top1), at, styleOf(style), 3.5),
        text(WIDTH - RIGHT + 8, at + 3.5, `${(100 * accuracy.top1).toFixed(1)} %`),
      )
    }),
  ])
}
