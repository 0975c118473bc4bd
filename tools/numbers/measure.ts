/** Runs of the demo whose figures go to docs/numbers.md: one row a run, with everything needed to repeat it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { demo } from '../../src/cli/learn'
import { parseOptions } from '../../src/cli/options'
import type { Recipe } from '../../src/learning/recipe'

export interface Row {
  readonly model: string
  readonly modelSha256: string
  readonly dataset: string
  readonly title: string
  readonly fingerprint: string
  readonly classes: number
  readonly template: string
  readonly images: { readonly train: number; readonly val: number; readonly test: number }
  readonly seed: number
  readonly zeroShot: { readonly top1: number; readonly ci95: readonly [number, number] }
  readonly prompted: { readonly top1: number; readonly ci95: readonly [number, number] }
  readonly fixed: number
  readonly broken: number
  readonly pValue: number
  readonly bestStep: number
  readonly steps: number
  readonly seconds: number
  readonly secondsPerStep: number
}

export interface Measurement {
  readonly date: string
  /** The command that repeats it. */
  readonly command: string
  readonly engine: string
  readonly cores: number
  readonly node: string
  readonly recipe: Recipe
  readonly rows: readonly Row[]
}

/** What `demo` is told, besides the seed. */
export type Choice = readonly string[]

/** Each choice with each seed. Written to `file` after every run, so that an interrupted measurement keeps its rows. */
export async function measure(file: string, command: string, choices: readonly Choice[], seeds: readonly number[]) {
  const rows: Row[] = []
  for (const seed of seeds) {
    for (const choice of choices) {
      const options = parseOptions([...choice, '--seed', String(seed), '--out', `bench-out/numbers/${rows.length}`])
      if (options === 'help') throw new Error('nothing to measure')
      const { model, task, recipe, result } = await demo(options, process.stdout)
      const sum = (perClass: readonly number[]) => perClass.reduce((a, b) => a + b, 0)
      rows.push({
        model: model.name,
        modelSha256: model.sha256,
        dataset: task.id === 'own' ? task.title : task.id,
        title: task.title,
        fingerprint: task.fingerprint,
        classes: task.classes.length,
        template: task.template,
        images: { train: sum(task.counts.train), val: sum(task.counts.val), test: sum(task.counts.test) },
        seed,
        zeroShot: result.zeroShot,
        prompted: result.prompted,
        fixed: result.fixed.length,
        broken: result.broken.length,
        pValue: result.pValue,
        bestStep: result.bestStep,
        steps: result.steps,
        seconds: result.seconds,
        secondsPerStep: result.secondsPerStep,
      })
      const measurement: Measurement = {
        date: new Date().toISOString().slice(0, 10),
        command,
        engine: result.engine,
        cores: availableParallelism(),
        node: process.versions.node,
        recipe,
        rows,
      }
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, `${JSON.stringify(measurement, null, 2)}\n`)
      const points = 100 * (result.prompted.top1 - result.zeroShot.top1)
      console.log(`${task.title}, seed ${seed}: ${points >= 0 ? '+' : ''}${points.toFixed(1)} points`)
    }
  }
}
