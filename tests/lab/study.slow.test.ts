/** Studies in the lab: the numbers of the command, kept as they come, gone on with, stopped at once, and never beside a run. */
import { describe, expect, it } from 'vitest'
import type { Platform } from '../../src/lab/holdings'
import type { StudyAsked } from '../../src/lab/protocol-study'
import type { Lab } from '../../src/lab/session'
import { loadTask } from '../../src/data/load'
import { modelFolder } from '../../src/models/files-node'
import { loadModel } from '../../src/models/frozen-model'
import { MemoryRows } from '../../src/records/rows-memory'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount } from '../../src/runtime/tfjs'
import { StudyBench } from '../../src/study/bench'
import { cellOf, runTrial, trialSchema, type Trial } from '../../src/study/trial'
import { Mishaps } from './fragile'
import { colourSource, only, openLab, platform, RECIPE } from './tiny-lab'

const METHODS: StudyAsked['methods'] = [
  { label: 'zero-shot', method: 'zero-shot' },
  { label: 'nearest mean', method: 'nearest-mean' },
  { label: 'linear probe', method: 'linear-probe' },
  { label: 'border', method: 'padding', recipe: RECIPE },
]
const QUICK = METHODS.slice(0, 2)
const asked = (methods = METHODS, seeds: readonly number[] = [1]): StudyAsked => ({ methods, seeds })

async function measure(lab: Lab, what: StudyAsked): Promise<void> {
  await lab.handle('study', what)
  await lab.studyEnded()
}

async function trialsOf(lab: Lab, what: StudyAsked): Promise<Trial[]> {
  const { bytes } = await lab.handle('studyFile', { ...what, kind: 'trials.jsonl' })
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  return lines.map((line) => trialSchema.parse(JSON.parse(line)))
}

const withoutTimes = ({ date: _, trainSeconds: __, testSeconds: ___, ...rest }: Trial) => rest

function keeping(rows: MemoryRows): Platform {
  return { ...platform, runRows: async () => rows }
}

describe('a study in the lab', { timeout: 30_000 }, () => {
  it('measures what the command measures, and leaves nothing on the device', async () => {
    const tensors = tensorCount()
    const { lab, events } = await openLab()
    await measure(lab, asked())
    const trials = await trialsOf(lab, asked())
    expect(only(events, 'studyEnded')).toEqual([{ type: 'studyEnded', how: 'finished', trouble: null }])
    expect(only(events, 'studied').map(({ label, keeping: why }) => [label, why])).toEqual(
      METHODS.map(({ label }) => [label, null]),
    )
    expect(await lab.handle('dispose', {})).toMatchObject({ tfTensors: tensors, sessions: 0 })

    const engine = await createNodeEngine()
    const model = await loadModel(modelFolder('public/models/stamp'))
    const { imageSize, resize } = model
    const task = await loadTask(colourSource(10), { decoder: platform.decoder, imageSize, resize, splitSeed: 0 })
    const bench = new StudyBench(engine, model, task)
    const command: Trial[] = []
    for (const contender of METHODS) command.push(await runTrial(bench, cellOf(bench, contender, 1)))
    await bench.dispose()
    await engine.dispose()
    const same = (one: Trial) => ({ ...withoutTimes(one), task: { ...one.task, title: '' } })
    expect(trials.map(same)).toEqual(command.map(same))
  })

  it('tells where it is, with validation on the way and the time to go', async () => {
    const { lab, events } = await openLab()
    await measure(lab, asked())
    const told = only(events, 'studying')
    expect(new Set(told.map(({ label }) => label))).toEqual(new Set(METHODS.map(({ label }) => label)))
    expect(told[0]).toMatchObject({ done: 0, total: 4, label: 'zero-shot', seed: 1, etaSeconds: null })
    const border = told.filter(({ label }) => label === 'border')
    expect(border.at(-1)).toMatchObject({ done: 3, validation: { total: 6 } })
    for (const { etaSeconds } of border) expect(etaSeconds).toBeGreaterThanOrEqual(0)
    await lab.handle('dispose', {})
  })

  it('sums up what the table shows', async () => {
    const { lab } = await openLab()
    expect(await lab.handle('studyReport', asked())).toMatchObject({
      ...{ methods: [], cells: 4, missing: 4, paces: {}, estimate: { seconds: 0, unknown: 4 }, about: null },
    })
    await expect(lab.handle('studyFile', { ...asked(), kind: 'study.md' })).rejects.toThrow('Nothing of this study')
    await measure(lab, asked(QUICK))
    const report = await lab.handle('studyReport', asked(METHODS, [1, 2]))
    // A border draws; the others have one seed however many are asked for.
    expect(report).toMatchObject({ cells: 5, missing: 3, lasting: false, estimate: { unknown: 2 } })
    const [zeroShot, mean] = report.methods
    expect(zeroShot).toMatchObject({ label: 'zero-shot', seeds: 1, gain: null, parameterCount: 0 })
    // Plain colours are told apart by their features.
    expect(mean).toMatchObject({ label: 'nearest mean', top1: 1, validation: 1 })
    expect(mean!.gain!.difference).toBeCloseTo(1 - zeroShot!.top1, 9)
    expect(report.paces['nearest mean']).toBeGreaterThan(0)
    expect(report.about).toMatchObject({ engine: 'node-cpu', task: { title: 'colours', images: { test: 6 } } })
    const { name, bytes } = await lab.handle('studyFile', { ...asked(), kind: 'study.md' })
    expect(name).toBe('colours-study.md')
    expect(new TextDecoder().decode(bytes)).toContain('| nearest mean | 100.0 % (')
    await lab.handle('dispose', {})
  })

  it('is kept as it comes: a visit later measures only what is missing', async () => {
    const rows = new MemoryRows()
    const first = await openLab(10, keeping(rows))
    await measure(first.lab, asked(QUICK))
    await first.lab.handle('dispose', {})

    const second = await openLab(10, keeping(rows))
    expect(await second.lab.handle('studyReport', asked())).toMatchObject({ cells: 4, missing: 2 })
    const renamed = QUICK.map((one) => ({ ...one, label: `${one.label}!` }))
    await measure(second.lab, asked([...renamed, METHODS[2]!]))
    expect(only(second.events, 'studied').map(({ label }) => label)).toEqual(['linear probe'])
    // What cannot be read is as if it had not been measured.
    const [[row, trial]] = (await rows.all('trials')) as [[string, Trial]]
    await rows.commit([{ table: 'trials', key: row, value: { ...trial, right: 'yes' } }])
    await second.lab.handle('dispose', {})
    const third = await openLab(10, keeping(rows))
    expect(await third.lab.handle('studyReport', asked())).toMatchObject({ missing: 2 })
    await third.lab.handle('dispose', {})
  })

  it('stops between two batches; what it has measured stays, and it goes on from there', async () => {
    const { lab, events } = await openLab()
    const long = asked([...QUICK, { label: 'long', method: 'padding', recipe: { ...RECIPE, steps: 100_000 } }])
    await lab.handle('study', long)
    while (only(events, 'studied').length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const began = performance.now()
    await lab.handle('stopStudy', {})
    expect(performance.now() - began).toBeLessThan(5000)
    expect(only(events, 'studyEnded').map(({ how }) => how)).toEqual(['stopped'])
    expect(await lab.handle('studyReport', long)).toMatchObject({ missing: 1 })
    await measure(lab, asked())
    expect(only(events, 'studied').map(({ label }) => label)).toEqual([
      ...QUICK.map(({ label }) => label),
      ...['linear probe', 'border'],
    ])
    await lab.handle('dispose', {})
  })

  it('and a run are never at work together, and a run that has ended answers as before', async () => {
    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: { ...RECIPE, steps: 100_000 }, seed: 3, paused: false })
    await expect(lab.handle('study', asked(QUICK))).rejects.toThrow('A run is going on')
    await lab.handle('pause', {})
    const look = () => lab.handle('predict', { split: 'val', indices: [0, 1], strength: 1 })
    const before = await look()
    const studying = lab.handle('study', asked(QUICK))
    await studying
    await expect(lab.handle('resume', {})).rejects.toThrow('A study is being measured')
    await expect(lab.handle('start', { recipe: RECIPE, seed: 4, paused: false })).rejects.toThrow('A study is being')
    await expect(lab.handle('study', asked(QUICK))).rejects.toThrow('A study is being measured')
    await lab.studyEnded()
    expect(only(events, 'studied')).toHaveLength(2)
    expect(await look()).toEqual(before)
    await lab.handle('step', {})
    await lab.handle('dispose', {})
  })

  it('ends when other images are opened', async () => {
    const { lab, events } = await openLab()
    await lab.handle('study', asked([{ label: 'long', method: 'padding', recipe: { ...RECIPE, steps: 100_000 } }]))
    await lab.loadSource(colourSource(12), 0)
    expect(only(events, 'studyEnded').map(({ how }) => how)).toEqual(['stopped'])
    await measure(lab, asked(QUICK))
    expect(only(events, 'studied')).toHaveLength(2)
    await lab.handle('dispose', {})
  })

  it('passes over a method that does not go here, and says why', async () => {
    const { lab, events } = await openLab()
    const tooLong = { label: 'CoOp', method: 'coop', tokens: 64, init: { kind: 'normal', deviation: 1 } } as const
    await measure(lab, asked([QUICK[0]!, tooLong, QUICK[1]!], [1, 2]))
    expect(only(events, 'studyRefused').map(({ label, trouble }) => [label, trouble.message])).toEqual([
      ['CoOp', expect.stringContaining('does not fit behind a context of 64 tokens')],
    ])
    expect(only(events, 'studied').map(({ label }) => label)).toEqual(['zero-shot', 'nearest mean'])
    expect(only(events, 'studyEnded')[0]!.how).toBe('finished')
    await lab.handle('dispose', {})
  })

  it('goes on where nothing can be kept, and says so', async () => {
    const full = new MemoryRows((changes) => changes.some(({ table }) => table === 'trials'))
    const { lab, events } = await openLab(10, keeping(full))
    await measure(lab, asked(QUICK))
    expect(only(events, 'studied').map(({ keeping: why }) => why?.message)).toEqual(
      QUICK.map(() => 'The browser has no room left to keep what the study measured; it goes on.'),
    )
    expect((await lab.handle('studyReport', asked(QUICK))).missing).toBe(0)
    await lab.handle('dispose', {})
  })

  it('refuses what is no method', async () => {
    const { lab } = await openLab()
    const none = { label: 'x', method: 'k-nearest', k: 0 } as const
    await expect(lab.handle('studyReport', asked([none]))).rejects.toThrow('a method that this program does not know')
    await lab.handle('dispose', {})
  })
})

describe('a study on a device that does not last', { timeout: 30_000 }, () => {
  const on = (mishaps: Mishaps): Platform => ({
    ...platform,
    openEngine: async (backend) => {
      const { capability } = await platform.openEngine(backend)
      return { engine: await mishaps.openEngine(), capability }
    },
  })

  it('begins the method again, and comes to the same', async () => {
    const calm = await openLab()
    await measure(calm.lab, asked())
    const expected = (await trialsOf(calm.lab, asked())).map(withoutTimes)
    await calm.lab.handle('dispose', {})
    const mishaps = new Mishaps((moment, n) => (moment === 'run' && (n === 12 || n === 60) ? 'lost' : null))
    const { lab, events } = await openLab(10, on(mishaps))
    await measure(lab, asked())
    expect(mishaps.happened).toBe(2)
    expect(only(events, 'studying').some(({ recovering }) => recovering !== null)).toBe(true)
    expect((await trialsOf(lab, asked())).map(withoutTimes)).toEqual(expected)
    await lab.handle('dispose', {})
  })

  it('fails with one sentence when it is gone for good; what was measured stays', async () => {
    let gone = false
    const mishaps = new Mishaps((moment) => (gone && (moment === 'run' || moment === 'open') ? 'lost' : null))
    const { lab, events } = await openLab(10, on(mishaps))
    const more = asked(METHODS.slice(0, 3))
    await lab.handle('study', more)
    while (only(events, 'studied').length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    gone = true
    await lab.studyEnded()
    const ended = only(events, 'studyEnded').at(-1)!
    expect(ended.how).toBe('failed')
    expect(ended.trouble).toMatchObject({
      message: expect.stringContaining('could not be brought back') as string,
      remedy: expect.stringMatching(/^What has been measured is kept/) as string,
    })
    gone = false
    expect((await lab.handle('studyReport', more)).missing).toBe(1)
    await lab.handle('dispose', {})
  })
})
