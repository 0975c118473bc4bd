/** The command that measures a study: a classifier as a file, images that are changed, tables and figures out, and nothing twice. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStudyModel, openStudyTask } from '../../src/cli/study-files'
import { study } from '../../src/cli/measure-study'
import { encodeModel } from '../../src/onnx/write'
import { studySchema } from '../../src/study/plan'
import { png16 } from '../data/png'
import { RECIPE } from '../lab/tiny-lab'
import { colourGraph, LABELS, PREPROCESSOR } from '../study/colour-classifier'

const VARIABLE = 'PASSEPARTOUT_TEST_STUDY'
const COLOURS = { blue: [30, 60, 220], green: [30, 170, 60], red: [220, 40, 40] } as const
const [EACH, SIDE] = [20, 16]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passepartout-study-'))
  process.env[VARIABLE] = folder
  await writeFile(join(folder, 'colours.onnx'), encodeModel(colourGraph()))
  await writeFile(join(folder, 'labels.txt'), LABELS.join('\n'))
  for (const [name, rgb] of Object.entries(COLOURS)) {
    await mkdir(join(folder, 'images', name), { recursive: true })
    for (let i = 0; i < EACH; i++) {
      const samples = Array.from({ length: SIDE * SIDE }, () => rgb.map((value) => 257 * (value + i))).flat()
      await writeFile(join(folder, 'images', name, `${10 + i}.png`), png16(SIDE, SIDE, 'rgb', samples))
    }
  }
})
afterAll(async () => {
  Reflect.deleteProperty(process.env, VARIABLE)
  await rm(folder, { recursive: true, force: true })
})

const images = `\${${VARIABLE}}/images`
const model = {
  ...{ name: 'Colours', graph: `\${${VARIABLE}}/colours.onnx`, labels: `\${${VARIABLE}}/labels.txt` },
  preprocessor: PREPROCESSOR,
}
const prompt = { method: 'visual-prompt', design: 'ilm-vp', recipe: RECIPE, steps: 4, learningRate: 0.02 }
const PLAN = {
  ...{ version: 1, title: 'Colours', model, seeds: [1, 2], stepsTo: 'slow', diversity: true },
  tasks: [
    { images, title: 'all', shifts: [{ kind: 'inverted' }, { kind: 'contrast', severity: 5 }] },
    { images, title: 'few', classes: ['red', 'blue'], perClass: 15, val: 0.2, test: 0.4, shots: 1 },
    { images, title: 'few', classes: ['red', 'blue'], perClass: 15, val: 0.2, test: 0.4, shots: 3 },
  ],
  methods: [
    { label: 'zero-shot', method: 'zero-shot' },
    { label: 'mean', method: 'nearest-mean' },
    { label: 'FLM', method: 'output-mapping', mapping: { kind: 'frequency' } },
    { label: 'slow', ...prompt, mapping: { kind: 'iterative' }, validateEvery: 1 },
    { label: 'linear', ...prompt, mapping: { kind: 'linear', rate: 0.1 }, validateEvery: 2 },
  ],
}

it('opens what it names, and changes it', async () => {
  const { model: planned, tasks } = studySchema.parse(PLAN)
  const opened = await openStudyModel(planned)
  expect(opened).toMatchObject({ kind: 'classifier', name: 'Colours', labels: LABELS, outputs: 6, imageSize: 8 })
  const few = await openStudyTask(tasks[1]!, opened)
  expect(few.classes.map(({ name }) => name)).toEqual(['blue', 'red'])
  expect(few.title).toBe('few')
  // Of 15 pictures a class 3 to validate and 6 to test; shots are drawn by each seed, later.
  expect([few.splits.train.count, few.splits.val.count, few.splits.test.count]).toEqual([12, 6, 12])
  expect(few.splits.train.paths.concat(few.splits.val.paths, few.splits.test.paths)).toContain('red/10.png')
  const named = { ...tasks[0]!, names: { red: 'scarlet' }, template: 'all {}', classes: 2 }
  const renamed = await openStudyTask({ ...named, classes: ['green', 'red'] }, opened)
  expect(renamed.classes.map(({ name }) => name)).toEqual(['green', 'scarlet'])
  expect(renamed.template).toBe('all {}')
  await expect(openStudyTask({ ...named, classes: ['pink', 'red'] }, opened)).rejects.toThrow('no class "pink"')
  await expect(openStudyModel('${PASSEPARTOUT_NO_SUCH}/x')).rejects.toThrow('PASSEPARTOUT_NO_SUCH')
  await expect(openStudyModel({ graph: join(folder, 'none.onnx'), preprocessor: {} })).rejects.toThrow(
    'There is no file',
  )
})

it('writes tables and figures, and the second time measures nothing', async () => {
  const file = join(folder, 'plan.json')
  const out = join(folder, 'out')
  await writeFile(file, JSON.stringify(PLAN))
  const said: string[] = []
  const report = await study({ file, out }, (line) => said.push(line))
  // Of the first task 3 methods once and 2 twice; of the others all methods for each seed.
  const cells = 3 + 2 * 2 + 2 * 5 * 2
  expect(said).toHaveLength(cells)
  expect(said.at(-1)).toContain(`${cells} of ${cells}: few, linear, seed 2`)
  const trials = (await readFile(join(out, 'trials.jsonl'), 'utf8')).trim().split('\n')
  expect(trials).toHaveLength(cells)

  expect(report).toContain('### All tasks')
  expect(report).toContain('| few, 3 shots |')
  expect(report).toContain('### all: changed test images')
  expect(report).toMatch(/\| FLM \| 100\.0 % \| 0\.0 % /)
  expect(report).toContain('### few: training images of a class')
  expect(report).toContain('### Gain and diversity')
  expect(report).toContain('### all: steps to the last accuracy of slow')
  const figures = (await readdir(out)).filter((name) => name.endsWith('.svg')).sort()
  expect(figures).toEqual(['diversity.svg', 'shots-1.svg', 'steps-1.svg', 'steps-2.svg', 'steps-3.svg'])
  for (const name of figures) expect(report).toContain(`(${name})`)
  expect(await readFile(join(out, 'study.md'), 'utf8')).toBe(`${report}\n`)

  said.length = 0
  const again = await study({ file, out }, (line) => said.push(line))
  expect(said).toEqual([])
  expect(again).toBe(report)
}, 60_000)
