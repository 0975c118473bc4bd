/** What is kept of a run's way: at validations and on a widening grid, in bounded memory, exact; and the commands on it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { History } from '../../src/lab/history'
import type { NamedTensors } from '../../src/methods/method'
import type { Predictions } from '../../src/records/run-record'
import { only, openLab, RECIPE } from './tiny-lab'

const parameters = (value: number): NamedTensors => ({ pad_up: { dims: [4], data: new Float32Array(4).fill(value) } })

describe('the history', () => {
  it('has a grid that is dense at first and a quarter of an octave wide later', () => {
    const history = new History({ steps: 1000 })
    const due = Array.from({ length: 129 }, (_, step) => step).filter((step) => history.due(step))
    expect(due).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16, 19, 23, 27, 32, 38, 45, 54, 64, 76, 91, 108, 128])
  })

  it('finds the last keyframe at or before a step, and the first before any', () => {
    const history = new History({ steps: 100 })
    expect(history.at(5)).toBeNull()
    for (const step of [4, 0, 9, 4]) history.keep(step, parameters(step))
    expect(history.steps).toEqual([0, 4, 9])
    expect([0, 3, 4, 8, 9, 50].map((step) => history.at(step)!.step)).toEqual([0, 0, 4, 4, 9, 9])
    expect(history.at(8)!.parameters).toEqual(parameters(4))
  })

  it('keeps answers with the border that gave them', () => {
    const history = new History({ steps: 100 })
    for (const step of [0, 4]) history.keep(step, parameters(step))
    const answers = { indices: Uint32Array.of(1) } as unknown as Predictions
    // Its keyframe was thinned out meanwhile.
    history.setValidation(6, answers)
    expect(history.validation(6)).toBeNull()
    history.setValidation(4, answers)
    expect([0, 4, 6].map((step) => history.validation(step))).toEqual([null, answers, answers])
  })

  it('keeps nothing that is not finite', () => {
    const history = new History({ steps: 100 })
    history.keep(1, parameters(NaN))
    history.keep(2, parameters(Infinity))
    expect(history.steps).toEqual([])
  })

  it('stays within its memory and keeps both ends, whatever comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 1, max: 2000 }), (room, last) => {
        const history = new History({ steps: last, mostBytes: room * 16 })
        for (let step = 0; step <= last; step++) {
          if (history.due(step) || step % 7 === 0 || step === last) history.keep(step, parameters(step))
        }
        const { steps } = history
        expect(steps.length).toBeLessThanOrEqual(room)
        expect([steps[0], steps.at(-1)]).toEqual([0, last])
        expect(steps).toEqual([...steps].sort((a, b) => a - b))
        for (const step of steps) expect(history.at(step)!.parameters).toEqual(parameters(step))
      }),
      { numRuns: 60 },
    )
  })

  it('thinned, is fine at the beginning and leaves no long silence', () => {
    const history = new History({ steps: 10_000, mostBytes: 40 * 16 })
    for (let step = 0; step <= 10_000; step += step < 64 ? 1 : 8) history.keep(step, parameters(step))
    const { steps } = history
    const gaps = steps.slice(1).map((step, i) => step - steps[i]!)
    expect(steps.filter((step) => step <= 64).length).toBeGreaterThan(6)
    expect(Math.max(...gaps)).toBeLessThan(10_000 / 8)
  })
})

describe('a run looked back on', () => {
  it('shows each border as it was, and what it answered', async () => {
    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: RECIPE, seed: 3, paused: true })
    const now = async () => (await lab.handle('predict', { split: 'val', indices: [0, 1], strength: 1 }))[1]!.prompted
    const then = new Map<number, Float32Array>([[0, await now()]])
    for (let step = 1; step <= 3; step++) {
      await lab.handle('step', {})
      then.set(step, await now())
    }
    // The border of each step, as it was shown when it was the newest.
    const shown = new Map(only(events, 'prompt').map(({ step, pixels }) => [step, pixels]))
    for (const [step, probabilities] of then) {
      const moment = await lab.handle('moment', { step, validation: false })
      expect(moment).toMatchObject({ step, validation: null })
      expect(moment.border).toEqual(shown.get(step))
      const [, past] = await lab.handle('predict', { split: 'val', indices: [0, 1], strength: 1, at: step })
      expect(past!.prompted).toEqual(probabilities)
    }
    expect(shown.get(1)).not.toEqual(shown.get(3))
    expect(await now()).toEqual(then.get(3))
    await lab.handle('dispose', {})
  })

  it('goes on as if nobody had looked, and tells what was answered on validation at any step', async () => {
    const straight = await openLab()
    await straight.lab.handle('start', { recipe: RECIPE, seed: 3, paused: false })
    await straight.lab.runEnded()
    await straight.lab.handle('dispose', {})

    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: RECIPE, seed: 3, paused: true })
    for (let step = 1; step <= 3; step++) {
      await lab.handle('step', {})
      await lab.handle('moment', { step: 1, validation: true })
    }
    await lab.handle('resume', {})
    await lab.runEnded()
    const losses = [straight.events, events].map((all) => only(all, 'steps').flatMap(({ loss }) => loss))
    expect(losses[1]).toEqual(losses[0])
    expect(only(events, 'kept').at(-1)!.steps).toEqual([0, 1, 2, 3, 4, 5, 6])

    for (const { step, accuracy } of only(events, 'validation')) {
      const { validation } = await lab.handle('moment', { step, validation: true })
      const { labels, prompted, zeroShot } = validation!
      const right = (rows: { top1: Uint16Array }) => rows.top1.filter((top, i) => top === labels[i]).length
      expect(right(prompted)).toBe(accuracy.correct)
      expect(right(zeroShot)).toBe(only(events, 'zeroShot')[0]!.accuracy.correct)
      expect(labels).toHaveLength(accuracy.total)
    }
    // No validation fell on step 3: it is measured now, and is that of a border between its neighbours.
    const [two, three] = [
      await lab.handle('moment', { step: 2, validation: true }),
      await lab.handle('moment', { step: 3, validation: true }),
    ]
    expect(three.validation!.indices).toEqual(two.validation!.indices)
    expect(three.validation!.prompted.ofTruth).not.toEqual(two.validation!.prompted.ofTruth)
    expect(three.validation!.zeroShot).toEqual(two.validation!.zeroShot)
    // Who leaves is answered without; a later question leaves the one before, and is answered itself.
    const left = lab.handle('moment', { step: 5, validation: true })
    await lab.handle('leaveAnswers', {})
    expect((await left).validation).toBeNull()
    const both = [5, 0].map((step) => lab.handle('moment', { step, validation: true }))
    const [before, after] = await Promise.all(both)
    expect(before!.validation).toBeNull()
    expect(after!.validation!.indices).toEqual(two.validation!.indices)
    await lab.handle('dispose', {})
  })
})
