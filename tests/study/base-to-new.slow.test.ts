/**
 * From base to new classes on the embedded model and plain colours: halves as the authors' code makes them, what was learned carried
 * over as it is, the same through a file, and the words it is nearest to.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepContext, openContext } from '../../src/cli/study-contexts'
import { loadTask } from '../../src/data/load'
import type { Source } from '../../src/data/source'
import type { Task } from '../../src/data/task'
import { readContext } from '../../src/formats/prompts/context-file'
import { modelFolder } from '../../src/models/files-node'
import { loadModel, type FrozenModel } from '../../src/models/frozen-model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount } from '../../src/runtime/tfjs'
import { halvesOf } from '../../src/study/base-to-new'
import type { Contender } from '../../src/study/contender'
import type { StudyPlan } from '../../src/study/plan'
import { runStudy, type StudyPlatform } from '../../src/study/run-study'
import type { Trial } from '../../src/study/trial'
import { platform } from '../lab/tiny-lab'

const COLOURS = { blue: [30, 60, 220], green: [30, 170, 60], orange: [240, 140, 20], red: [220, 40, 40], yellow: [240, 220, 40] } // prettier-ignore
const source: Source = {
  name: 'colours',
  files: Object.entries(COLOURS).flatMap(([name, rgb]) =>
    Array.from({ length: 10 }, (_, i) => ({
      path: `${name}/${i}.png`,
      bytes: async () => Uint8Array.from(rgb, (value) => value + i),
    })),
  ),
  folders: Object.keys(COLOURS),
}
const METHODS: Contender[] = [
  { label: 'zero-shot', method: 'zero-shot' },
  { label: 'seven', method: 'zero-shot', templates: 'imagenet-7' },
  { label: 'coop', method: 'coop', tokens: 2, epochs: 3 },
  { label: 'cocoop', method: 'cocoop', epochs: 1, batchSize: 8 },
]
const plan = (methods: Contender[], protocol: StudyPlan['protocol'] = 'base-to-new'): StudyPlan => ({
  ...{ version: 1, title: 'colours', model: 'public/models/stamp', seeds: [1], protocol },
  ...{ tasks: [{ images: 'colours', splitSeed: 0 }], methods },
})

let engine: Engine
let model: FrozenModel
let task: Task
const folder = mkdtempSync(join(tmpdir(), 'passepartout-base-to-new-'))
beforeAll(async () => {
  engine = await createNodeEngine()
  model = await loadModel(modelFolder('public/models/stamp'))
  const { imageSize, resize } = model
  task = await loadTask(source, { decoder: platform.decoder, imageSize, resize, splitSeed: 0 })
})
afterAll(async () => {
  await engine.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const measure = (one: StudyPlan, over: Partial<StudyPlatform> = {}): Promise<Trial[]> => {
  const none = { openTask: async () => task, done: new Map<string, Trial>(), keep: async () => undefined }
  return runStudy(one, { ...none, ...over }, { engine, model })
}

describe('from base to new classes', { timeout: 120_000 }, () => {
  it('the first half of the classes, rounded up, is the base; of the others only test pictures are taken', async () => {
    const { base, novel } = await halvesOf(task)
    expect(base.classes.map(({ name }) => name)).toEqual(['blue', 'green', 'orange'])
    expect(novel.classes.map(({ name }) => name)).toEqual(['red', 'yellow'])
    expect([novel.splits.train.count, novel.splits.val.count]).toEqual([0, 0])
    expect(base.splits.test.count + novel.splits.test.count).toBe(task.splits.test.count)
  })

  it('each method is measured on both, what was learned is kept, and a file of it answers the same', async () => {
    const tensors = tensorCount()
    const trials = await measure(plan(METHODS), {
      keepContext: (trial, context) => keepContext(folder, trial, context),
    })
    expect(tensorCount()).toBe(tensors)
    for (const { newClasses, right, task: about } of trials) {
      expect(about.classes).toBe(3)
      expect(newClasses!.classes).toBe(2)
      expect(right.length + newClasses!.right.length).toBe(task.splits.test.count)
    }
    const [, , coop, cocoop] = trials
    expect([coop!.words, cocoop!.words].map((words) => words?.length)).toEqual([2, 4])
    expect(trials[0]!.words).toBeUndefined()

    expect(readdirSync(folder).sort()).toEqual([
      'colours-cocoop-seed-1.pth.tar',
      'colours-cocoop-seed-1.safetensors',
      'colours-coop-seed-1.pth.tar',
      'colours-coop-seed-1.safetensors',
    ])
    const read = readContext('it', new Uint8Array(readFileSync(join(folder, 'colours-coop-seed-1.safetensors'))))
    expect(read).toMatchObject({ method: 'coop', position: 'end' })
    const given = (['coop', 'cocoop'] as const).map((method): Contender => {
      const file = `colours-${method}-seed-1.${method === 'coop' ? 'pth.tar' : 'safetensors'}`
      return { label: `${method} again`, method, context: join(folder, file) }
    })
    const again = await measure(plan(given), { openContext })
    for (const [i, trial] of [coop!, cocoop!].entries()) {
      const { newClasses, parameterCount, right, words } = trial
      expect(again[i]).toMatchObject({ parameterCount, right, steps: 0, newClasses: { right: newClasses!.right } })
      expect(again[i]!.words).toEqual(words)
    }
    // On all classes too, and as a place for test-time tuning to begin from.
    const tpt = given.map((one): Contender => {
      const { context } = one as { context: string }
      return { label: `tpt from ${one.label}`, method: 'tpt', views: 4, context }
    })
    const whole = await measure(plan([...given, ...tpt], 'all-classes'), { openContext })
    expect(whole.map(({ task: { classes }, newClasses }) => [classes, newClasses])).toEqual(
      whole.map(() => [5, undefined]),
    )
    expect(tensorCount()).toBe(tensors)
  })

  it('a file of another method, and a study without files, are refused', async () => {
    const context = join(folder, 'colours-coop-seed-1.safetensors')
    const wrong = plan([{ label: 'x', method: 'cocoop', context }])
    await expect(measure(wrong, { openContext })).rejects.toThrow('holds what CoOp has learned, and "x" is CoCoOp')
    await expect(measure(wrong)).rejects.toThrow('no files can be read here')
    const own: StudyPlatform['openContext'] = async () => {
      const data = new Float32Array(3 * 2 * 128).fill(0.01)
      return { method: 'coop', parameters: { ctx: { dims: [3, 2, 128], data } }, position: null, sha256: 'own' }
    }
    const ownContexts = plan([{ label: 'x', method: 'coop', context }])
    await expect(measure(ownContexts, { openContext: own })).rejects.toThrow(
      '"x" begins from was learned for each class',
    )
    const missing = plan([{ label: 'x', method: 'coop', context: 'nowhere.pth.tar' }])
    await expect(measure(missing, { openContext })).rejects.toThrow('There is no file "nowhere.pth.tar"')
  })
})
