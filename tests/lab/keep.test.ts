/** What is kept of a run, and by whom. That it is gone on with exactly is tested in keep.slow.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryRows } from '../../src/records/rows-memory'
import { RECIPE } from './fragile-run'
import { keptOf, ID, learnOn, openBench, WitnessedRows, type Bench } from './kept-run'
import { colourSource, only, openLab, platform, RECIPE as TINY_RECIPE } from './tiny-lab'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

async function undisturbed() {
  const rows = new WitnessedRows()
  const learning = await learnOn(bench, rows, { anew: true })
  await learning.run.ended
  await learning.run.abandon()
  return { ...learning, rows, kept: await keptOf(learning) }
}

/** A keyframe more may have been kept by who saved more often. */
const steps = (kept: Awaited<ReturnType<typeof keptOf>>) => kept.parts.history!.map(({ step }) => step)

describe('a kept run', () => {
  it('is all there when it has finished', async () => {
    const { kept, events } = await undisturbed()
    const { result } = only(events, 'finished')[0]!
    expect(kept.record).toMatchObject({ state: 'finished', step: RECIPE.steps, best: { step: result.bestStep } })
    expect(kept.record.outcome).toMatchObject({ prompted: result.prompted, fixed: result.fixed.length })
    expect([...kept.parts.border!]).toEqual([...result.prompt])
    const told = only(events, 'steps')
    expect([...kept.parts.curves!.steps.loss]).toEqual(told.flatMap(({ loss }) => loss))
    expect([...kept.parts.curves!.steps.accuracy]).toEqual(
      told.flatMap(({ batchAccuracy }) => batchAccuracy!.map((share) => share ?? NaN)),
    )
    expect([...kept.parts.curves!.validations.step]).toEqual([0, 6, 12, 18, 24])
    expect(kept.parts.test!.labels).toHaveLength(9)
    const right = kept.parts.test!.prompted.top1.filter((c, i) => c === kept.parts.test!.labels[i])
    expect(right).toHaveLength(result.prompted.correct)
    expect(kept.parts.val!.labels).toHaveLength(12)
    expect(steps(kept)).toEqual(expect.arrayContaining([0, 6, 12, 18, 24]))
  })
})

it('begun where the browser keeps nothing says so, once, and learns to its end', async () => {
  const { lab, events } = await openLab(4, { ...platform, runRows: async () => new MemoryRows(() => false, true) })
  await lab.handle('start', { recipe: { ...TINY_RECIPE, steps: 2 }, seed: 0, paused: false })
  await lab.runEnded()
  expect(only(events, 'keeping')).toMatchObject([{ forGood: true, message: expect.stringMatching(/keeps nothing/) as string }]) // prettier-ignore
  const order = events.map(({ type }) => type)
  expect(order.indexOf('begun')).toBeLessThan(order.indexOf('keeping'))
  expect(only(events, 'finished')).toHaveLength(1)
  await lab.handle('dispose', {})
})

it('without its images a run still shows what its border was, step by step', async () => {
  const { lab, events } = await openLab(4)
  await lab.handle('start', { recipe: { ...TINY_RECIPE, steps: 2, validateEvery: 1 }, seed: 0, paused: false })
  await lab.runEnded()
  const { record } = only(events, 'record').at(-1)!
  const { bestStep, prompt } = only(events, 'finished')[0]!.result
  await lab.loadSource(colourSource(5), 0)
  events.length = 0
  const opened = await lab.handle('openRun', { id: record.id })
  expect(opened.missing).toEqual(['task'])
  expect(opened.curves!.steps.step).toHaveLength(2)
  expect(only(events, 'kept').at(-1)).toMatchObject({ steps: [0, 1, 2] })
  const moment = await lab.handle('moment', { step: bestStep, validation: false })
  expect([...moment.border]).toEqual([...prompt])
  expect(moment).toMatchObject({ step: bestStep, validation: null })
  await expect(lab.handle('moment', { step: 1, validation: true })).rejects.toThrow('Nothing has been learned')
  await lab.handle('dispose', {})
})

it('a lock that is taken over stops the saving', async () => {
  const rows = new MemoryRows()
  const { run, runs } = await learnOn(bench, rows, { anew: true })
  while (run.step < 3) await new Promise((resolve) => setTimeout(resolve, 1))
  const held = await runs.locks.take(ID, true)
  expect(held).not.toBeNull()
  await expect(
    runs.takeUp((await keptOf({ runs })).record, { anew: false, takeOver: false, onLost: () => undefined }),
  ).rejects.toThrow(/another tab/i)
  await run.pause()
  const before = await keptOf({ runs })
  run.resume()
  await run.ended
  await run.abandon()
  expect(await keptOf({ runs })).toEqual(before)
})
