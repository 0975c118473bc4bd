/**
 * npm run study: a grid of methods, tasks and seeds from a file, measured on one split each, written as a table. Interrupted, it
 * goes on where it was.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../data/random'
import { describeError, UserError } from '../errors'
import { studyAnalyses } from '../formats/study-analyses'
import { studyReport } from '../formats/study-report'
import { createNodeEngine } from '../runtime/node'
import { parseStudy } from '../study/plan'
import { runStudy, type StudyProgress } from '../study/run-study'
import { summarise } from '../study/summary'
import { trialSchema, type Trial } from '../study/trial'
import { keepContext, openContext } from './study-contexts'
import { openStudyModel, openStudyTask, withVariables } from './study-files'

export const HELP = `Measures methods side by side: the same tasks, splits and seeds for each.

  npm run study -- FILE [options]

  FILE           the study (default: studies/sample-tasks.json)
  --out DIR      where the results go (default: study-out/<name of the study>); what is there already is not measured again
  --help         this text

Written to DIR: trials.jsonl (a line a cell), study.md with its figures (SVG), and in contexts/ what CoOp and CoCoOp have learned: as .pth.tar, which
their authors' code loads, and .safetensors. A method of a study may begin from either ("context": FILE).`

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
  const model = await openStudyModel(plan.model)
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
        openTask: openStudyTask,
        done,
        keep: (trial) => appendFile(trialsFile, `${JSON.stringify(trial)}\n`),
        openContext: (path) => openContext(withVariables(path)),
        keepContext: (trial, context) => keepContext(join(out, 'contexts'), trial, context),
      },
      { engine, model, onProgress: teller(say), signal: stop.signal },
    )
    const summary = summarise(trials, new Random(1))
    const { figures, text } = studyAnalyses(summary, trials, plan)
    const tables = studyReport(summary, {
      ...{ title: plan.title, seeds: plan.seeds, machine: machine(trials) },
      command: `npm run study -- ${file}`,
    })
    const report = [tables, ...text].join('\n\n')
    await writeFile(join(out, 'study.md'), `${report}\n`)
    for (const { name, svg } of figures) await writeFile(join(out, `${name}.svg`), svg)
    return report
  } finally {
    process.removeListener('SIGINT', interrupt)
    await engine.dispose()
  }
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
