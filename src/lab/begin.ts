/** Beginning a run, going on with one, and what follows when one of a group has ended. */
import { describeError, UserError } from '../errors'
import type { Recipe } from '../learning/recipe'
import type { NamedTensors } from '../methods/method'
import type { RunRecord } from '../records/run-record'
import { keepingRefused } from './keeper'
import type { Holdings } from './holdings'
import type { Standing } from './kept-runs'
import { askedOutputs, makeRun, missingFor, newRecord, requireGradient, type Asked } from './make-run'
import type { Missing } from './protocol-runs'
import type { Run } from './run'
import { said } from '../sentence'

interface How {
  readonly paused: boolean
  readonly takeOver: boolean
}

/** A new run from step 0; the one before is let go, kept as it stands. */
export async function beginRun(lab: Holdings, asked: Asked, paused: boolean): Promise<Run> {
  lab.requireNoStudy()
  await lab.abandonRun()
  await requireGradient(lab, asked)
  const { run } = await learn(lab, newRecord(lab, asked), { anew: true, paused, takeOver: false })
  return run
}

/**
 * Goes on with a run that is kept, or begins one that was waiting.
 * @throws UserError where its model or images are not here, or another page is at work on it
 */
export async function goOnWith(
  lab: Holdings,
  record: RunRecord,
  how: How,
): Promise<{ readonly run: Run; readonly standing: Standing | null }> {
  const [missing] = missingFor(lab, record)
  if (missing) throw isMissing(record, missing)
  lab.requireNoStudy()
  // The run that is open may be this one.
  await lab.abandonRun()
  await requireGradient(lab, { recipe: record.recipe, outputs: askedOutputs(record) })
  return learn(lab, record, { anew: false, ...how })
}

async function learn(lab: Holdings, record: RunRecord, { anew, paused, takeOver }: How & { readonly anew: boolean }) {
  const { keeper, standing } = await lab.runs.takeUp(record, {
    ...{ anew, takeOver },
    onLost: ({ record: lost }) => void standStill(lab, lost),
  })
  // Of a run that was brought with its images, what was made of the files at first stays known.
  const arranged = await (await lab.runs.store()).arrangement(record.id)
  if (!arranged) keeper.keep({ arrangement: lab.need('task').arrangement })
  keeper.note({ state: 'learning', trouble: null, engine: lab.bench.kind ?? record.engine })
  const { recipe, seed } = record
  const run = makeRun(lab, {
    ...{ recipe, seed, outputs: askedOutputs(record), paused, keeper },
    ...(standing && { from: standing.from }),
  })
  lab.run = run
  lab.emit({ type: 'begun', record: keeper.record, curves: standing?.curves ?? null })
  await sayIfRefused(lab)
  try {
    await run.start()
  } catch (error) {
    await keeper.close()
    throw error
  }
  void run.ended.then(() => followGroup(lab, run))
  return { run, standing }
}

async function sayIfRefused(lab: Holdings): Promise<void> {
  const { refused } = await lab.runs.store()
  if (refused) lab.emit({ type: 'keeping', forGood: true, ...describeError(keepingRefused()) })
}

/** Another page has taken the run over. */
async function standStill(lab: Holdings, record: RunRecord): Promise<void> {
  const { run } = lab
  if (run?.options.keeper?.record.id === record.id) await run.pause()
  lab.emit({ type: 'taken', record })
}

export function isMissing({ model, task }: RunRecord, what: Missing): UserError {
  if (what === 'model') {
    return new UserError(
      said`This run belongs to the model ${model.title}, which is not in use.`,
      said`Load ${model.title} first.`,
    )
  }
  const remedy = task.sample ? 'Choose that sample first.' : 'Open these images again: they are known by their pixels.'
  return new UserError(
    said`This run belongs to the images "${task.title}", which are not loaded as they were then.`,
    remedy,
  )
}

/** Several runs of one recipe, a seed each. Resolves with the first, which has begun; the others wait for their turn. */
export async function beginGroup(lab: Holdings, asked: Omit<Asked, 'seed'>, seeds: readonly number[]): Promise<Run> {
  lab.requireNoStudy()
  await lab.abandonRun()
  await requireGradient(lab, asked)
  const id = crypto.randomUUID()
  const records = seeds.map((seed, index) =>
    newRecord(lab, { ...asked, seed }, { state: 'waiting', group: { id, index, of: seeds.length } }),
  )
  const store = await lab.runs.store()
  for (const record of records) {
    await store.save(record)
    lab.emit({ type: 'record', record })
  }
  const { run } = await learn(lab, records[0]!, { anew: true, paused: false, takeOver: false })
  return run
}

/** The next of a group begins when one of it has been measured. */
async function followGroup(lab: Holdings, run: Run): Promise<void> {
  const group = run.options.keeper?.record.group
  if (!group || !run.measured) return
  await lab.inTurn(async () => {
    // Meanwhile the person may have begun something else.
    if (lab.run !== run) return
    const { records } = await (await lab.runs.store()).list()
    const next = records
      .filter((record) => record.group?.id === group.id && record.state === 'waiting')
      .sort((a, b) => a.group!.index - b.group!.index)[0]
    if (!next) return
    try {
      await goOnWith(lab, next, { paused: false, takeOver: false })
    } catch (error) {
      lab.emit({ type: 'status', status: 'failed' })
      lab.emit({ type: 'failed', ...describeError(error), lastGoodStep: 0 })
    }
  })
}

/** A border that was learned elsewhere: in a kept run, or outside of this program. */
export interface BroughtBorder {
  readonly parameters: NamedTensors
  readonly imageSize: number
  /** Of the model that it was learned on; null where nobody knows, and its units are taken as they are. */
  readonly std: readonly number[] | null
  /** Steps that it was learned for. */
  readonly step: number
  readonly recipe: Recipe
  readonly seed: number
  readonly origin: string | null
  readonly name: string | null
}

/** Measures a border that was learned elsewhere on what is loaded now, as a run of its own. */
export async function beginBrought(lab: Holdings, brought: BroughtBorder): Promise<RunRecord> {
  const model = lab.need('model')
  const { imageSize, name, origin, parameters, recipe, seed, std, step } = brought
  if (model.imageSize !== imageSize) {
    throw new UserError(
      `This border was learned for images of ${imageSize} pixels, and ${model.name} takes ${model.imageSize}.`,
      'Choose a model of the same input size.',
    )
  }
  lab.requireNoStudy()
  await lab.abandonRun()
  const asked = { recipe, seed }
  const record = { ...newRecord(lab, asked, { kind: 'transfer', origin, step }), name }
  const { keeper } = await lab.runs.takeUp(record, { anew: true, takeOver: false, onLost: () => undefined })
  const run = makeRun(lab, { ...asked, paused: false, keeper })
  lab.run = run
  lab.emit({ type: 'begun', record, curves: null })
  await sayIfRefused(lab)
  await run.measure({ parameters: std ? inUnitsOf(parameters, std, model.std) : parameters, step })
  return record
}

/** The same pixels in another model's normalised units: what is added to a pixel is divided by its channel's deviation. */
export function inUnitsOf(parameters: NamedTensors, from: readonly number[], to: readonly number[]): NamedTensors {
  if (from.every((deviation, channel) => deviation === to[channel])) return parameters
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { dims, data }]) => {
      // [1,3,height,width]
      const plane = dims[2]! * dims[3]!
      const scaled = data.map((value, i) => {
        const channel = Math.floor(i / plane) % 3
        return (value * from[channel]!) / to[channel]!
      })
      return [name, { dims, data: scaled }]
    }),
  )
}
