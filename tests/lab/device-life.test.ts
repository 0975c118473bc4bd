/**
 * A run on a device that does not last: whatever is lost whenever, the run goes on and ends as if nothing had been; memory
 * that runs out costs nothing but smaller micro-batches; and what cannot be had again ends the run with one sentence.
 */
import { describe, expect, it } from 'vitest'
import { at, expectSame, losses, RECIPE, result, ROWS, runThrough, statuses } from './fragile-run'
import { only } from './tiny-lab'

describe('a device that is lost', { timeout: 60_000 }, () => {
  it('while the session is made, in zero-shot, in a step or in the test pass changes nothing', async () => {
    const undisturbed = await runThrough(() => null)
    const { run: runs, create } = undisturbed.mishaps.counts
    expect([create, losses(undisturbed).length]).toEqual([1, RECIPE.steps])
    for (const n of [2, 17, runs - 2]) expectSame(await runThrough(at('run', n)), undisturbed)
    expectSame(await runThrough(at('create', 1)), undisturbed)
    expectSame(await runThrough(at('use', 11)), undisturbed)
  })

  it('is told to the page, and again when it is back', async () => {
    const lost = await runThrough(at('run', 30))
    const told = statuses(lost)
    const i = told.indexOf('recovering')
    expect(told.slice(i - 1, i + 2)).toEqual(['learning', 'recovering', 'learning'])
    expect(only(lost.events, 'recovering')[0]).toMatchObject({ step: 12, attempt: 1, halved: false })
    expect(told.slice(-2)).toEqual(['testing', 'finished'])
  })

  it('twenty times in a row, with a step between, costs nothing but time', async () => {
    const undisturbed = await runThrough(() => null)
    let lastLoss = 0
    const often = await runThrough((moment, n) => {
      // Three runs make a step and its reading: each time one step further than the checkpoint.
      if (moment !== 'run' || n < 12 || n - lastLoss < 4) return null
      lastLoss = n
      return 'lost'
    })
    expect(often.mishaps.happened).toBeGreaterThanOrEqual(20)
    expectSame(often, undisturbed)
  })

  it('and does not come back ends the run with one sentence; the last good border is kept', async () => {
    let lost = false
    const gone = await runThrough((moment, n) => {
      if (moment === 'run' && n === 40) lost = true
      return lost && (moment === 'run' || moment === 'open') ? 'lost' : null
    })
    expect(only(gone.events, 'finished')).toEqual([])
    expect(only(gone.events, 'recovering').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    const [failed] = only(gone.events, 'failed')
    expect(failed!.message).toBe(
      'The graphics device could not be brought back in 3 tries. Instance dropped in the middle of it',
    )
    expect(failed!.remedy).toMatch(/^The last good border is kept; .*, or open the page with \?backend=wasm\.$/)
    expect(failed!.lastGoodStep).toBeGreaterThan(0)
    const kept = only(gone.events, 'prompt').at(-1)!
    expect(kept.step).toBe(failed!.lastGoodStep)
    expect(kept.pixels.some((value) => value !== 0)).toBe(true)
    expect(statuses(gone).at(-1)).toBe('failed')
  })

  it('before anything is learned refuses the start', async () => {
    const gone = await runThrough((moment) => (moment === 'create' ? 'lost' : null))
    expect(gone.failure).toMatchObject({ name: 'UserError' })
    expect(gone.failure!.message).toMatch(/^The graphics device could not be brought back in 3 tries\./)
  })
})

describe('a device that raises an error and drops what it was asked for', { timeout: 60_000 }, () => {
  /** As on WebGPU, where losses are read every ten steps and nobody waits for the device between. */
  const engine = 'webgpu'
  const erring = (...times: number[]) =>
    runThrough((m, n) => (m === 'run' && times.includes(n) ? 'error' : null), { engine })

  it('is given up though it still answers, and nothing computed since stays', async () => {
    const undisturbed = await runThrough(() => null, { engine })
    const { run: runs } = undisturbed.mishaps.counts
    const learning = ['learning', 'recovering', 'learning']
    for (const [n, told] of [
      [17, learning],
      [28, learning],
      [runs - 2, ['testing', 'recovering', 'testing']],
    ] as const) {
      const outcome = await erring(n)
      expectSame(outcome, undisturbed)
      const i = statuses(outcome).indexOf('recovering')
      expect(statuses(outcome).slice(i - 1, i + 2)).toEqual(told)
      expect(only(outcome.events, 'recovering')).toMatchObject([
        { cause: 'device-error', message: 'WebGPU reported: a bind group of another device', attempt: 1, rows: ROWS },
      ])
    }
  })

  it('tells no loss of a step that it dropped, where it errs again right after it was rebuilt', async () => {
    const undisturbed = await runThrough(() => null, { engine })
    // The first step on the new device is read at once. A second fault in a row halves the rows: the same within rounding.
    for (const again of [18, 19]) {
      const outcome = await erring(17, again)
      expect(outcome.failure).toBeNull()
      const [found, expected] = [losses(outcome), losses(undisturbed)]
      expect(found.map(([step]) => step)).toEqual(expected.map(([step]) => step))
      found.forEach(([, loss], i) => expect(loss, `again in run ${again}`).toBeCloseTo(expected[i]![1]!, 3))
      const [a, b] = [result(outcome).prompt, result(undisturbed).prompt]
      a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 3))
    }
  })
})

describe('memory that runs out', { timeout: 60_000 }, () => {
  it('halves the micro-batches until they fit; the sum over them is the batch', async () => {
    const undisturbed = await runThrough(() => null)
    // In the first micro-batch of a step, and in its second.
    for (const n of [20, 21]) {
      const outcome = await runThrough((moment, i) => (moment === 'run' && i === n ? 'memory' : null))
      expect(outcome.rows).toEqual([ROWS, 3])
      expect(only(outcome.events, 'recovering')).toMatchObject([{ cause: 'out-of-memory', rows: 3, halved: true }])
      expect(losses(outcome).map(([step]) => step)).toEqual(losses(undisturbed).map(([step]) => step))
      losses(outcome).forEach(([, loss], i) => expect(loss).toBeCloseTo(losses(undisturbed)[i]![1]!, 3))
      expect(result(outcome).zeroShot).toEqual(result(undisturbed).zeroShot)
      const [a, b] = [result(outcome).prompt, result(undisturbed).prompt]
      a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 3))
    }
  })

  it('already when the session is made', async () => {
    const outcome = await runThrough((moment, n) => (moment === 'create' && n <= 2 ? 'memory' : null))
    expect(outcome.rows).toEqual([2])
    expect(only(outcome.events, 'finished')).toHaveLength(1)
    expect(only(outcome.events, 'recovering').map(({ rows }) => rows)).toEqual([3, 2])
  })

  it('and does not suffice for one image ends the run with one sentence', async () => {
    let small = false
    const outcome = await runThrough((moment, n) => {
      if (moment === 'run' && n === 30) small = true
      return small && moment === 'run' ? 'memory' : null
    })
    expect(outcome.rows).toEqual([ROWS, 3, 2, 1])
    expect(only(outcome.events, 'failed')[0]!.message).toBe('Memory does not suffice for a single image of this model.')
  })

  it('and takes the runtime with it ends the run with one sentence too', async () => {
    let dead = false
    const outcome = await runThrough((moment, n) => {
      if (moment === 'run' && n === 30) {
        dead = true
        return 'memory'
      }
      return dead && moment === 'create' ? 'broken' : null
    })
    expect(only(outcome.events, 'failed')[0]!.message).toBe(
      'Memory ran out, and going on with fewer images at a time failed. This program has aborted',
    )
  })
})
