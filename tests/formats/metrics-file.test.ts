/** Figures as files: RFC 4180 to the letter, no formula among the texts, and every number as it was. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csv } from '../../src/formats/csv'
import { curveCsv, metricsJson, runsCsv } from '../../src/formats/metrics-file'
import { aRecord, aRun } from './a-run'

/** A reader of RFC 4180, written from its grammar. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let [row, at]: [string[], number] = [[], 0]
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        cell += text[at]
        if (text[at] === '"') at++
      }
      at++
    } else {
      while (at < text.length && !',\r\n"'.includes(text[at]!)) cell += text[at++]
    }
    row.push(cell)
    if (text[at] === ',') at++
    else if (text.startsWith('\r\n', at)) {
      rows.push(row)
      ;[row, at] = [[], at + 2]
    } else throw new Error(`neither comma nor line end at ${at}`)
  }
  return rows
}

/** Any letter, the ones that CSV knows more often. */
const letter = fc.oneof(
  fc.constantFrom(...',"\r\n\t=+-@'),
  fc.nat(0xd7ff).map((code) => String.fromCharCode(code)),
)

const run = aRun()
const measured = { record: run.record, curves: run.parts.curves, test: run.parts.test }

describe('CSV', () => {
  it('of any texts is read back by the grammar', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: letter }), fc.string()), { maxLength: 5 }), (rows) => {
        const defused = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
        expect(parse(csv(['a', 'b'], rows))).toEqual([['a', 'b'], ...rows.map((row) => row.map(defused))])
      }),
    )
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'])('defuses %j', (text) => {
    expect(parse(csv(['a'], [[text]]))[1]).toEqual([`'${text}`])
  })

  it('leaves numbers alone', () => {
    const numbers = [-1, 1e-7, 0.1, -0, 1 / 3, NaN]
    expect(csv(['a', 'b', 'c', 'd', 'e', 'f'], [numbers])).toBe(
      'a,b,c,d,e,f\r\n-1,1e-7,0.1,0,0.3333333333333333,NaN\r\n',
    )
  })

  it('has as many cells in each row', () => {
    expect(() => csv(['a'], [[1, 2]])).toThrow('2 cells under 1')
  })
})

it('the curve has a row for each step and validation', () => {
  const [header, ...rows] = parse(curveCsv(measured))
  const columns = Object.fromEntries(header!.map((name, i) => [name, rows.map((row) => row[i])]))
  expect(columns.step).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  expect(columns.loss!.slice(1).map(Number)).toEqual([...run.parts.curves!.steps.loss])
  expect(columns.loss![0]).toBe('')
  expect(columns.batch_accuracy).toEqual(['', '', '0.125', '', '0.375', '', '0.625'])
  expect(columns.images_per_second).toEqual(['', '', '31', '32', '33', '34', '35'])
  expect(columns.val_top1).toEqual(['0.6', '', '', '0.9', '', '', '0.8'])
  expect(columns.val_low95![3]).toBe('0.7')
  expect(Number(columns.val_zero_shot_top1![0])).toBe(run.record.zeroShot!.top1)
  expect(curveCsv({ ...measured, curves: null })).toBe(`${header!.join(',')}\r\n`)
})

it('the table of runs has what each came to, and its names are no formulas', () => {
  const unfinished = aRecord({ id: 'b', name: '=cmd()', outcome: null, best: null, zeroShot: null, secondsPerStep: 0 })
  const [header, ...rows] = parse(runsCsv([run.record, unfinished]))
  const cell = (row: number, name: string) => rows[row]![header!.indexOf(name)]
  expect(Number(cell(0, 'test_prompted_top1'))).toBe(run.record.outcome!.prompted.top1)
  expect(Number(cell(0, 'test_zero_shot_high95'))).toBe(run.record.outcome!.zeroShot.ci95[1])
  expect(JSON.parse(cell(0, 'recipe_json')!)).toEqual(run.record.recipe)
  expect(cell(0, 'model_sha256')).toBe(run.record.model.sha256)
  expect(cell(0, 'images_per_second')).toBe('40')
  expect(cell(1, 'name')).toBe("'=cmd()")
  expect([cell(1, 'test_prompted_top1'), cell(1, 'images_per_second')]).toEqual(['', ''])
})

it('JSON has every number', () => {
  const { record, test } = measured
  const broken = { record, test, curves: { ...run.parts.curves!, steps: { ...run.parts.curves!.steps, loss: Float64Array.of(NaN) } } } // prettier-ignore
  const { runs } = JSON.parse(metricsJson([measured, broken])) as {
    runs: { record: unknown; steps: Record<string, unknown[]>; test: { prompted: { top1: number[] } } }[]
  }
  expect(runs[0]!.record).toEqual(JSON.parse(JSON.stringify(record)))
  expect(runs[0]!.steps.gradientNorm).toEqual([...run.parts.curves!.steps.gradientNorm])
  expect(runs[0]!.test.prompted.top1).toEqual([...test!.prompted.top1])
  expect(runs[1]!.steps.loss).toEqual(['NaN'])
})
