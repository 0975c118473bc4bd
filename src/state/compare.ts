/** The comparison that is looked at: which sides, on which split, and what came out. Answers come from the runs that are kept. */
import { createStore } from 'zustand/vanilla'
import { Random } from '../data/random'
import {
  compareAnswers,
  resampleComparison,
  type ComparisonReport,
  type Outcome,
  type ResampledIntervals,
} from '../evaluation/comparison'
import { t } from '../i18n/t'
import type { PredictedRows, Predictions, RunRecord } from '../records/run-record'
import { sidesOf, whyNotComparable, type Sides } from './comparison-sides'
import { lab } from './connection'
import { routeStore } from './route'
import { followRuns, keptRunsStore } from './kept-runs'
import { inSlices } from './slices'
import { followTestSplit, testIsClosed } from './test-split'
import { troubleOf, type Trouble } from './trouble'

/** The chance that draws images anew: always the same, so that an interval is a fact about the answers. */
const BOOTSTRAP_SEED = 1

export type ComparedSplit = 'test' | 'val'

/** Which images of the comparison are looked at. */
export type Selection =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'cell'; readonly side: 'before' | 'after'; readonly truth: number; readonly predicted: number }

export interface Compared {
  readonly sides: Sides
  readonly split: ComparedSplit
  readonly before: RunRecord
  readonly after: RunRecord
  /** Of each image: its index in the split, truth, path, and what both sides answered. */
  readonly indices: Uint32Array
  readonly labels: Uint16Array
  readonly paths: readonly string[]
  readonly answers: { readonly before: PredictedRows; readonly after: PredictedRows }
  readonly report: ComparisonReport
}

export interface CompareState {
  readonly split: ComparedSplit
  readonly loading: boolean
  readonly compared: Compared | null
  /** Null until all resamples are drawn. */
  readonly intervals: ResampledIntervals | null
  /** Why there is no comparison: what was refused, or went wrong. */
  readonly trouble: Trouble | null
  readonly selection: Selection
  /** Position, in the comparison, of the image looked at closely. */
  readonly picked: number | null
}

export const initialCompare: CompareState = {
  split: 'test',
  loading: false,
  compared: null,
  intervals: null,
  trouble: null,
  selection: { kind: 'outcome', outcome: 'fixed' },
  picked: null,
}

export const compareStore = createStore<CompareState>(() => initialCompare)

export const select = (selection: Selection): void => compareStore.setState({ selection, picked: null })
export const pick = (picked: number | null): void => compareStore.setState({ picked })

/** Positions, in the comparison, of the images selected. */
export function selectedImages({ report, labels, answers }: Compared, selection: Selection): readonly number[] {
  if (selection.kind === 'outcome') return report.outcomes[selection.outcome]
  const { truth, predicted, side } = selection
  const { top1 } = answers[side]
  return Array.from(labels.keys()).filter((i) => labels[i] === truth && top1[i] === predicted)
}

let latest = 0

/** Compares two sides; `null` empties the view. Both sides' answers are to the images of the split, or it is refused. */
export async function compareSides(sides: Sides | null, split: ComparedSplit = 'test'): Promise<void> {
  const serial = ++latest
  compareStore.setState({ ...initialCompare, split, loading: sides !== null })
  if (!sides) return
  try {
    const compared = await readSides(sides, split)
    if (serial !== latest) return
    compareStore.setState({ compared, loading: false })
    const { labels, answers } = compared
    const work = resampleComparison(labels, answers.before, answers.after, new Random(BOOTSTRAP_SEED))
    const intervals = await inSlices(work, () => serial === latest)
    if (serial === latest) compareStore.setState({ intervals })
  } catch (error) {
    if (serial === latest) compareStore.setState({ loading: false, trouble: refusalOf(error) })
  }
}

/** A comparison that cannot be made, said kindly. */
class Refused extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.message)
  }
}
const refusalOf = (error: unknown): Trouble => (error instanceof Refused ? error.trouble : troubleOf(error))
const refuse = (message: string, remedy: string): never => {
  throw new Refused({ message, remedy })
}

async function readSides(sides: Sides, split: ComparedSplit): Promise<Compared> {
  const [before, after] = [recordOf(sides.before.run), recordOf(sides.after.run)]
  const trouble = whyNotComparable(before, after)
  if (trouble) throw new Refused(trouble)
  if (split === 'test' && testIsClosed(before.task.fingerprint)) refuse(t('compare.closed'), t('compare.closed.remedy'))
  const a = await answersOf(before.id, split)
  const b = after.id === before.id ? a : await answersOf(after.id, split)
  // A large validation split is looked at in part: the same part, or there is nothing to pair.
  if (a.indices.length !== b.indices.length || a.indices.some((index, i) => index !== b.indices[i]))
    refuse(t('compare.refused.part'), t('compare.refused.part.remedy'))
  const rows = { before: a[sides.before.answers], after: b[sides.after.answers] }
  const report = compareAnswers(a.labels, before.task.classes.length, rows.before, rows.after)
  return { sides, split, before, after, indices: a.indices, labels: a.labels, paths: a.paths, answers: rows, report }
}

function recordOf(id: string): RunRecord {
  const record = keptRunsStore.getState().records.find((one) => one.id === id)
  return record ?? refuse(t('compare.gone'), t('compare.gone.remedy'))
}

async function answersOf(id: string, split: ComparedSplit): Promise<Predictions> {
  const { predictions } = await lab().call('predictions', { id, split })
  if (predictions) return predictions
  return split === 'test'
    ? refuse(t('compare.unmeasured'), t('compare.unmeasured.remedy'))
    : refuse(t('compare.unvalidated'), t('compare.unvalidated.remedy'))
}

/** What the address names, else zero-shot against the border of the newest run that was measured. */
export function shownSides(query: URLSearchParams, records: readonly RunRecord[]): Sides | null {
  const asked = sidesOf(query)
  if (asked) return asked
  const newest = records.find(({ outcome }) => outcome !== null) ?? records.find(({ best }) => best !== null)
  if (!newest) return null
  return { before: { run: newest.id, answers: 'zeroShot' }, after: { run: newest.id, answers: 'prompted' } }
}

/** Keeps the comparison in step with the address, the runs, and what may be shown of test. Returns the undoing. */
export function followComparison(): () => void {
  let shown = ''
  const update = () => {
    const { query } = routeStore.getState()
    const sides = shownSides(query, keptRunsStore.getState().records)
    const split = query.get('split') === 'val' ? 'val' : 'test'
    const record = keptRunsStore.getState().records.find(({ id }) => id === sides?.before.run)
    const closed = split === 'test' && record !== undefined && testIsClosed(record.task.fingerprint)
    const now = JSON.stringify([sides, split, closed])
    if (now === shown) return
    shown = now
    void compareSides(sides, split)
  }
  const undo = [followRuns(), routeStore.subscribe(update), keptRunsStore.subscribe(update), followTestSplit(update)]
  update()
  return () => {
    for (const one of undo) one()
    void compareSides(null)
  }
}
