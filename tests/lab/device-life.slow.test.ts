/** A device lost at every third run of the graph of a whole run, and at readings between: each time the run ends the same. */
import { describe, expect, it } from 'vitest'
import { at, expectSame, ROWS, runThrough } from './fragile-run'
import { only } from './tiny-lab'

describe('a device lost changes nothing', () => {
  it('in any run of the graph: zero-shot, steps, validation, test pass, the proof that the model stayed frozen', async () => {
    const undisturbed = await runThrough(() => null)
    const { run: runs } = undisturbed.mishaps.counts
    for (let n = 1; n <= runs; n += 3) {
      const lost = await runThrough(at('run', n))
      expect(lost.mishaps.happened, `run ${n}`).toBe(1)
      expectSame(lost, undisturbed)
      expect(only(lost.events, 'recovering')).toMatchObject([
        { cause: 'device-lost', message: 'The graphics device was lost (pulled out).', attempt: 1, rows: ROWS },
      ])
    }
    for (let n = 3; n <= runs; n += 10) expectSame(await runThrough(at('use', n)), undisturbed)
  })

  it('while a loss, a border or a checkpoint is read', async () => {
    const undisturbed = await runThrough(() => null, { watchReads: true })
    const { read } = undisturbed.mishaps.counts
    for (let n = 1; n <= read; n += 23) {
      const lost = await runThrough(at('read', n), { watchReads: true })
      expectSame(lost, undisturbed)
    }
  })
}, 120_000)
