/** The files that the demo leaves behind. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors'
import type { LabEvent, ModelInfo, RunResult, TaskInfo } from '../lab/protocol'
import type { Lab } from '../lab/session'
import type { DemoOptions } from './options'
import { drawExamples, drawPrompt } from './drawings'

/** Columns of prompted-examples.png. */
const EXAMPLES = 10

export interface Finished {
  readonly lab: Lab
  readonly model: ModelInfo
  readonly task: TaskInfo
  readonly result: RunResult
  readonly events: readonly LabEvent[]
}

export interface CurveRow {
  readonly step: number
  readonly loss: number | null
  readonly learningRate: number | null
  readonly valTop1: number | null
}

/** One row a step; step 0 is the validation before learning. */
export function curveOf(events: readonly LabEvent[]): CurveRow[] {
  const rows = new Map<number, CurveRow>()
  const row = (step: number): CurveRow => rows.get(step) ?? { step, loss: null, learningRate: null, valTop1: null }
  for (const event of events) {
    if (event.type === 'validation') rows.set(event.step, { ...row(event.step), valTop1: event.accuracy.top1 })
    if (event.type !== 'steps') continue
    event.step.forEach((step, i) =>
      rows.set(step, { ...row(step), loss: event.loss[i]!, learningRate: event.learningRate[i]! }),
    )
  }
  return [...rows.values()].sort((a, b) => a.step - b.step)
}

export function curveCsv(rows: readonly CurveRow[]): string {
  const lines = rows.map(({ step, loss, learningRate, valTop1 }) =>
    [step, loss ?? '', learningRate ?? '', valTop1 ?? ''].join(','),
  )
  return ['step,loss,learningRate,valTop1', ...lines, ''].join('\n')
}

/** result.json */
export function resultJson({ model, task, result }: Finished, recipe: string) {
  const sum = (perClass: readonly number[]) => perClass.reduce((a, b) => a + b, 0)
  const { zeroShot, prompted } = result
  return {
    model: model.name,
    modelSha256: model.sha256,
    dataset: task.id === 'own' ? task.title : task.id,
    datasetFingerprint: task.fingerprint,
    classes: task.classes.map(({ name }) => name),
    // Of the two one says how the classes were told apart: a CLIP's text, or a classifier's outputs.
    template: result.template,
    mapping: result.mapping,
    seed: result.seed,
    splitSeed: task.splitSeed,
    images: { train: sum(task.counts.train), val: sum(task.counts.val), test: sum(task.counts.test) },
    zeroShot,
    prompted,
    fixed: result.fixed.length,
    broken: result.broken.length,
    pValue: result.pValue,
    recipe,
    steps: result.steps,
    bestStep: result.bestStep,
    secondsPerStep: result.secondsPerStep,
    seconds: result.seconds,
    backend: result.engine,
    frozenSha256Before: result.frozenSha256Before,
    frozenSha256After: result.frozenSha256After,
  }
}

export async function writeResults(options: DemoOptions, finished: Finished): Promise<void> {
  const { lab, model, result, events } = finished
  const json = `${JSON.stringify(resultJson(finished, options.recipe), null, 2)}\n`
  const files: [string, string][] = [
    [join(options.out, 'result.json'), json],
    [join(options.out, 'curve.csv'), curveCsv(curveOf(events))],
    ...(options.json === null ? [] : [[options.json, json] as [string, string]]),
  ]
  try {
    await mkdir(options.out, { recursive: true })
    for (const [file, text] of files) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    await drawPrompt(result.prompt, borderOf(result.prompt, model.imageSize), model, join(options.out, 'prompt.png'))
    await drawExamples(await examplesOf(lab, result), result.prompt, model, join(options.out, 'prompted-examples.png'))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new UserError(`The results cannot be written: ${cause.message}.`, 'Name another folder with --out.', {
      cause,
    })
  }
}

/** Width of the border, read off its middle row; at least 1 where all of it is still zero. */
function borderOf(prompt: Float32Array, S: number): number {
  const middle = Math.floor(S / 2) * S
  let width = 0
  while (width < S / 2 && prompt[middle + width] !== 0) width++
  return Math.max(1, width)
}

/** What the border fixed and broke, in the proportion of the two, and some of the rest. */
async function examplesOf(lab: Lab, { fixed, broken }: RunResult) {
  const changed = fixed.length + broken.length
  const brokenShown = changed === 0 ? 0 : Math.min(broken.length, Math.round((6 * broken.length) / changed))
  const chosen = new Set([...spread(fixed, 6 - brokenShown), ...spread(broken, brokenShown)])
  for (const { index } of await lab.handle('pictures', { split: 'test', count: 2 * EXAMPLES })) {
    if (chosen.size < EXAMPLES) chosen.add(index)
  }
  const indices = [...chosen]
  const pictures = await lab.handle('pictures', { split: 'test', indices })
  const predictions = await lab.handle('predict', { split: 'test', indices, strength: 1 })
  return pictures.map(({ pixels, label }, i) => ({
    pixels,
    rightBefore: topClass(predictions[i]!.zeroShot) === label,
    rightAfter: topClass(predictions[i]!.prompted) === label,
  }))
}

/** `count` items at even distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length)
  return Array.from({ length: taken }, (_, i) => items[Math.floor((i * items.length) / taken)]!)
}

function topClass(probabilities: Float32Array): number {
  return probabilities.indexOf(Math.max(...probabilities))
}
