/** Studies in the lab: beginning one on what is loaded, what is known of one, and its files. */
import { z } from 'zod'
import { SPLITS, type Task } from '../data/task'
import { Random } from '../data/random'
import { UserError } from '../errors'
import { studyReport } from '../formats/study-report'
import { quick } from '../learning/recipes'
import { contenderSchema, seedsFor, type Contender } from '../study/contender'
import { keyOf, type Cell } from '../study/plan'
import { summarise } from '../study/summary'
import { cellOf, type Trial } from '../study/trial'
import type { Holdings } from './holdings'
import { KeptTrials } from './kept-trials'
import { requireGradient } from './make-run'
import type { ExportedFile } from './protocol-runs'
import type { StudyAbout, StudyAsked, StudyFile, StudyReport } from './protocol-study'
import { StudyWork } from './study-work'

/** What the page sends was remembered in the browser, and may be older than this program. */
const askedSchema = z.object({ methods: z.array(contenderSchema), seeds: z.array(z.int().min(0)).min(1) })

export class Studies {
  #trials: Promise<KeptTrials> | null = null

  constructor(private readonly lab: Holdings) {}

  /** @throws UserError while a run or another study is at work, and where the gradient of the model is wrong on this engine */
  async begin(asked: StudyAsked): Promise<void> {
    const { lab } = this
    const grid = checked(asked)
    const [model, task] = [lab.need('model'), lab.need('task')]
    lab.requireNoStudy()
    if (lab.run?.working) {
      throw new UserError(
        'A run is going on, and nothing is measured beside it.',
        'Wait for its end, or pause or stop it, and start the study then.',
      )
    }
    const trials = await this.#kept()
    const known = await trials.of(model.sha256, this.#engine)
    const cells = cellsOf(grid, { model, task })
    // Both hold the encoder's weights: the run asks for its own again when it is looked at.
    await lab.run?.rest()
    if (cells.some((cell) => BY_GRADIENT.has(cell.contender.method) && !known.has(keyOf(cell)))) {
      await requireGradient(lab, { recipe: quick })
    }
    await lab.bench.closeClassifier()
    lab.study = new StudyWork({
      ...{ bench: lab.bench, model, task, cells, known, emit: lab.emit },
      keep: (trial) => trials.keep(trial),
      onEnd: () => (lab.study = null),
    })
  }

  async report(asked: StudyAsked): Promise<StudyReport> {
    const { methods, seeds } = checked(asked)
    const [model, task] = [this.lab.need('model'), this.lab.need('task')]
    const trials = await this.#kept()
    const known = await trials.of(model.sha256, this.#engine)
    const cells = cellsOf({ methods, seeds }, { model, task })
    const measured = measuredOf(cells, known)
    const missing = cells.filter((cell) => !known.has(keyOf(cell))).map(({ contender }) => contender.label)
    const paces: Readonly<Record<string, number>> = Object.fromEntries(
      methods.flatMap((one) => paceOf(one, task, known)),
    )
    return {
      methods: measured.length > 0 ? studied(measured) : [],
      ...{ cells: cells.length, missing: missing.length, paces },
      estimate: {
        seconds: missing.reduce((sum, label) => sum + (paces[label] ?? 0), 0),
        unknown: new Set(missing.filter((label) => paces[label] === undefined)).size,
      },
      about: aboutOf(measured),
      lasting: trials.lasting,
    }
  }

  async file(asked: StudyAsked, kind: StudyFile): Promise<ExportedFile> {
    const { lab } = this
    const grid = checked(asked)
    const [{ description }, model, task] = [lab.need('engine'), lab.need('model'), lab.need('task')]
    const known = await (await this.#kept()).of(model.sha256, this.#engine)
    const measured = measuredOf(cellsOf(grid, { model, task }), known)
    const about = aboutOf(measured)
    if (!about) throw new UserError('Nothing of this study has been measured yet.', 'Start it first.')
    const days = [...new Set([about.from, about.to].map((date) => date.slice(0, 10)))].join(' to ')
    const written =
      kind === 'trials.jsonl'
        ? measured.map((trial) => JSON.stringify(trial)).join('\n')
        : studyReport(
            summarise(measured, new Random(SUMMARY_SEED)),
            {
              ...{ title: task.title, seeds: grid.seeds, command: 'the page, view Study' },
              machine: `${days}, ${description}`,
            },
            1,
          )
    return { name: `${stem(task.title)}-${kind}`, bytes: new TextEncoder().encode(`${written}\n`) }
  }

  /** The kind of engine in use: trials name it. */
  get #engine(): string {
    return this.lab.bench.kind ?? this.lab.need('engine').engine
  }

  #kept(): Promise<KeptTrials> {
    return (this.#trials ??= this.lab.runs.store().then(({ rows }) => new KeptTrials(rows)))
  }
}

/** As the command draws: the same intervals of the same answers. */
const SUMMARY_SEED = 1

/** These go by the model's gradient: with respect to its pixels, or to its weights, by the same rules. */
const BY_GRADIENT: ReadonlySet<Contender['method']> = new Set([
  ...(['padding', 'visual-prompt', 'joint', 'reprogramming', 'unadversarial', 'test-time-visual'] as const),
  ...(['best', 'fine-tune'] as const),
])

function checked(asked: StudyAsked): StudyAsked {
  const { data } = askedSchema.safeParse(asked)
  if (data) return data
  throw new UserError('This study names a method that this program does not know.', 'Choose its methods anew.')
}

/** A seed of all methods, then the next: a whole table stands early. */
function cellsOf({ methods, seeds }: StudyAsked, on: Parameters<typeof cellOf>[0]): Cell[] {
  return seeds.flatMap((seed) =>
    methods
      .filter((contender) => seedsFor(contender, seeds).includes(seed))
      .map((contender) => cellOf(on, contender, seed)),
  )
}

/** In the order of the methods; their labels may have changed since. */
function measuredOf(cells: readonly Cell[], known: ReadonlyMap<string, Trial>): Trial[] {
  return cells.flatMap((cell) => {
    const trial = known.get(keyOf(cell))
    return trial ? [{ ...trial, contender: cell.contender }] : []
  })
}

function studied(measured: readonly Trial[]): StudyReport['methods'] {
  const [task] = summarise(measured, new Random(SUMMARY_SEED)).tasks
  return task!.methods.map((method) => {
    const own = measured.filter(({ contender }) => contender.label === method.label)
    const right = own.reduce((sum, { validationCorrect }) => sum + validationCorrect, 0)
    return { ...method, validation: right / (own.length * own[0]!.task.images.val), chosen: own[0]!.chosen }
  })
}

function aboutOf(measured: readonly Trial[]): StudyAbout | null {
  const [first] = measured
  if (!first) return null
  const { model, task, engine } = first
  const dates = measured.map(({ date }) => date).sort()
  return { model, task, engine, from: dates[0]!, to: dates.at(-1)! }
}

/** [label, seconds of a cell]; nothing where it was never measured. */
function paceOf(contender: Contender, task: Task, known: ReadonlyMap<string, Trial>): [string, number][] {
  const settings = settingsOf(contender)
  const same = [...known.values()].filter((trial) => settingsOf(trial.contender) === settings)
  const here = same.filter((trial) => trial.task.fingerprint === task.fingerprint)
  if (same.length === 0) return []
  const images = SPLITS.reduce((sum, split) => sum + task.splits[split].count, 0)
  const seconds = (here.length > 0 ? here : same).map((trial) => {
    const took = trial.trainSeconds + trial.testSeconds
    const { train, val, test } = trial.task.images
    return (took * images) / (train + val + test)
  })
  return [[contender.label, seconds.reduce((sum, one) => sum + one, 0) / seconds.length]]
}

const settingsOf = (contender: Contender): string =>
  keyOf({ modelSha256: '', fingerprint: '', template: '', contender, seed: 0 })

const stem = (title: string): string =>
  title
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase() || 'study'
