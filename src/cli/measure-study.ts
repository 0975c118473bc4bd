/**
 * npm run study: a grid of methods, tasks and seeds from a file, measured on one split each, written as a table. Interrupted, it
 * goes on where it was.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeDecoder } from '../data/decode-node'
import { loadTask } from '../data/load'
import { Random } from '../data/random'
import { loadSample } from '../data/samples'
import { readSampleIndex, sampleSource } from '../data/samples-node'
import { openSource } from '../data/source-node'
import type { Task } from '../data/task'
import { describeError, UserError } from '../errors'
import { studyReport } from '../formats/study-report'
import { modelFolder } from '../models/files-node'
import { loadModel, type FrozenModel } from '../models/frozen-model'
import { createNodeEngine } from '../runtime/node'
import { parseStudy, type StudyTask } from '../study/plan'
import { runStudy, type StudyProgress } from '../study/run-study'
import { summarise } from '../study/summary'
import { trialSchema, type Trial } from '../study/trial'
import { keepContext, openContext } from './study-contexts'

export const HELP = `Measures methods side by side: the same tasks, splits and seeds for each.

  npm run study -- FILE [options]

  FILE           the study (default: studies/sample-tasks.json)
  --out DIR      where the results go (default: study-out/<name of the study>); what is there already is not measured again
  --help         this text

Written to DIR: trials.jsonl (a line a cell), study.md, and in contexts/ what CoOp and CoCoOp have learned: as .pth.tar, which
their authors' code loads, and .safetensors. A method of a study may begin from either ("context": FILE).`

const SAMPLES = 'public/samples'

export interface StudyArguments {
  readonly file: string
  readonly out: string
}

export function parseStudyArguments(args: readonly string[]): StudyArguments | 'help' {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help) return 'help'
    const [file = 'studies/sample-tasks.json', more] = positionals
    if (more !== undefined) throw new Error(`There is one study too many: "${more}"`)
    return { file, out: values.out ?? join('study-out', basename(file, '.json')) }
  } catch (cause) {
    throw new UserError(`${(cause as Error).message.split(/\. |\n/)[0]}.`, 'See "npm run study -- --help".', { cause })
  }
}

/** @returns the report, as it was written */
export async function study({ file, out }: StudyArguments, say: (line: string) => void): Promise<string> {
  const plan = parseStudy(await readText(file), file)
  const model = await loadModel(modelFolder(withVariables(plan.model)))
  const trialsFile = join(out, 'trials.jsonl')
  await mkdir(dirname(trialsFile), { recursive: true })
  const done = await readTrials(trialsFile)
  const stop = new AbortController()
  const interrupt = () => stop.abort(new UserError('The study was interrupted.', 'The same command goes on with it.'))
  process.once('SIGINT', interrupt)
  const engine = await createNodeEngine()
  try {
    const trials = await runStudy(
      plan,
      {
        openTask,
        done,
        keep: (trial) => appendFile(trialsFile, `${JSON.stringify(trial)}\n`),
        openContext: (path) => openContext(withVariables(path)),
        keepContext: (trial, context) => keepContext(join(out, 'contexts'), trial, context),
      },
      { engine, model, onProgress: teller(say), signal: stop.signal },
    )
    const report = studyReport(summarise(trials, new Random(1)), {
      ...{ title: plan.title, seeds: plan.seeds, machine: machine(trials) },
      command: `npm run study -- ${file}`,
    })
    await writeFile(join(out, 'study.md'), `${report}\n`)
    return report
  } finally {
    process.removeListener('SIGINT', interrupt)
    await engine.dispose()
  }
}

async function openTask(planned: StudyTask, model: FrozenModel): Promise<Task> {
  const { imageSize, resize } = model
  const how = { decoder: nodeDecoder, imageSize, resize }
  if ('sample' in planned) {
    const samples = await readSampleIndex(SAMPLES)
    const manifest = samples.find(({ id }) => id === planned.sample)
    if (manifest) return loadSample(manifest, await sampleSource(SAMPLES, manifest), how)
    throw new UserError(
      `There is no sample task "${planned.sample}".`,
      `The sample tasks are ${samples.map(({ id }) => id).join(', ')}.`,
    )
  }
  const { images, splitSeed, template, title } = planned
  const task = await loadTask(await openSource(withVariables(images)), { ...how, splitSeed })
  return { ...task, ...(template !== undefined && { template }), ...(title !== undefined && { title }) }
}

/** "${NAME}/images" with the value of the environment variable. */
function withVariables(path: string): string {
  return path.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = process.env[name]
    if (value !== undefined) return value
    throw new UserError(`The study needs the environment variable ${name}.`, `Set it: the study reads "${path}".`)
  })
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(`There is no study "${file}".`, 'Name a JSON file; studies/ holds some.', { cause })
  })
}

/** Cells of an earlier time. The last line may have been cut off with its program. */
async function readTrials(file: string): Promise<ReadonlyMap<string, Trial>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const trials = new Map<string, Trial>()
  for (const line of text.split('\n')) {
    const parsed = trialSchema.safeParse(parsedOrNull(line))
    if (parsed.success) trials.set(parsed.data.key, parsed.data)
  }
  // A line that was cut off must not swallow the next one.
  if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n')
  return trials
}

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** A line a cell begun and finished. */
function teller(say: (line: string) => void): (progress: StudyProgress) => void {
  let last = ''
  return ({ done, total, task, label, seed, share, etaSeconds }) => {
    if (share !== 0) return
    const left = etaSeconds === null ? '' : `, about ${clock(etaSeconds)} to go`
    const line = `${done + 1} of ${total}: ${task}, ${label}, seed ${seed}${left}`
    if (line !== last) say(line)
    last = line
  }
}

const clock = (seconds: number) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`)

function machine(trials: readonly Trial[]): string {
  const dates = trials.map(({ date }) => date.slice(0, 10)).sort()
  const when = dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`
  return `${when}, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`
}

export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseStudyArguments(args)
    if (options === 'help') {
      console.log(HELP)
      return 0
    }
    console.log(await study(options, console.log))
    return 0
  } catch (error) {
    const { message, remedy } = describeError(error)
    console.error(`${message} ${remedy}`)
    return 1
  }
}
