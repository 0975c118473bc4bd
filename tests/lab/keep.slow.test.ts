/** A run that is killed at any moment and gone on with ends as one that nobody disturbed, bit for bit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RowChange } from '../../src/records/rows'
import { MemoryRows } from '../../src/records/rows-memory'
import { keptOf, learnOn, openBench, rowsAfter, WitnessedRows, type Bench } from './kept-run'
import { only } from './tiny-lab'

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
  it('killed after any of its commits and gone on with, ends the same', async () => {
    const { kept, rows } = await undisturbed()
    expect(rows.commits.length).toBeGreaterThan(10)
    const at = new Set<number>()
    for (let count = 0; count < rows.commits.length - 1; count++) {
      const again = await learnOn(bench, await rowsAfter(rows.commits, count))
      at.add(again.run.options.from?.checkpoint.step ?? -1)
      await again.run.ended
      await again.run.abandon()
      expect(only(again.events, 'failed')).toEqual([])
      const found = await keptOf(again)
      expect({ ...found.parts, history: null }, `after ${count} commits`).toEqual({ ...kept.parts, history: null })
      expect(found.record).toEqual(kept.record)
      expect(steps(found)).toEqual(steps(kept))
      for (const [i, frame] of found.parts.history!.entries()) expect(frame).toEqual(kept.parts.history![i])
    }
    // Not always at the same few moments.
    expect(at.size).toBeGreaterThan(8)
  })

  it('killed again and again, ends the same', async () => {
    const { kept } = await undisturbed()
    let commits: readonly (readonly RowChange[])[] = []
    for (let kills = 0; kills < 5; kills++) {
      const rows = new WitnessedRows()
      for (const changes of commits) await rows.commit(changes)
      const { run } = await learnOn(bench, rows)
      await run.ended
      await run.abandon()
      commits = rows.commits.slice(0, commits.length + 3 + kills)
    }
    const last = await learnOn(bench, await rowsAfter(commits, commits.length))
    await last.run.ended
    await last.run.abandon()
    expect((await keptOf(last)).parts.checkpoint).toEqual(kept.parts.checkpoint)
    expect((await keptOf(last)).parts.curves).toEqual(kept.parts.curves)
  })

  it('let go for another is kept as paused, and goes on the same', async () => {
    const { kept } = await undisturbed()
    const rows = new MemoryRows()
    const first = await learnOn(bench, rows, { anew: true })
    while (first.run.step < 9) await new Promise((resolve) => setTimeout(resolve, 1))
    await first.run.abandon()
    expect((await keptOf(first)).record.state).toBe('paused')
    const second = await learnOn(bench, rows, { paused: true })
    // What was validated is kept at once; steps since then as soon as the last save is done.
    expect(second.run.step).toBeGreaterThanOrEqual(6)
    second.run.resume()
    await second.run.ended
    await second.run.abandon()
    expect((await keptOf(second)).parts.curves).toEqual(kept.parts.curves)
    expect((await keptOf(second)).parts.border).toEqual(kept.parts.border)
  })
}, 120_000)

describe('a full disk', () => {
  it('is told once, and learning goes on to the same end', async () => {
    const { events } = await undisturbed()
    const learning = await learnOn(bench, new MemoryRows(() => true), { anew: true })
    await learning.run.ended
    await learning.run.abandon()
    expect(only(learning.events, 'keeping')).toMatchObject([{ message: expect.stringMatching(/no room/) as string }])
    const [here, there] = [learning.events, events].map((all) => only(all, 'finished')[0]!.result)
    expect({ ...here, seconds: 0, secondsPerStep: 0 }).toEqual({ ...there, seconds: 0, secondsPerStep: 0 })
  })

  it('takes borders of the way first, and keeps the run', async () => {
    const { kept } = await undisturbed()
    const frames = (changes: readonly RowChange[]) => changes.filter((c) => 'key' in c && c.key.includes('/history/'))
    // Three keyframes fit, and no more.
    let fitted = 0
    const rows = new MemoryRows((changes) => {
      const removed = changes.filter((c) => 'remove' in c && c.remove.includes('/history/')).length
      if (fitted - removed + frames(changes).length > 3) return true
      fitted += frames(changes).length - removed
      return false
    })
    const learning = await learnOn(bench, rows, { anew: true })
    await learning.run.ended
    await learning.run.abandon()
    expect(only(learning.events, 'keeping')).toEqual([])
    const found = await keptOf(learning)
    expect({ ...found.parts, history: null }).toEqual({ ...kept.parts, history: null })
    expect(found.record.state).toBe('finished')
    expect(found.parts.history!.length).toBeLessThanOrEqual(3)
  })
})
