/** The run that is open, as it is kept: what of it is told, going on with one that was left, and opening one that has ended. */
import { createStore } from 'zustand/vanilla'
import { RECIPE_NAMES, type RecipeName } from '../learning/recipes'
import { t } from '../i18n/t'
import type { RunResult } from '../lab/protocol'
import type { Missing, OpenedRun } from '../lab/protocol-runs'
import { askToKeep } from '../models/hub/persist'
import type { Predictions, RunCurves, RunRecord } from '../records/run-record'
import { announce } from './announce'
import { lab } from './connection'
import { livePrompt } from './livePrompt'
import { metrics } from './metrics'
import { adoptOutputs } from './outputs'
import { rememberedText, rememberText } from './remembered'
import { clearRun, currentRecipe, isActive, OVERRIDABLE, runStore, type RecipeOverrides } from './run'
import { loadForRun } from './run-needs'
import { troubleOf, type Trouble } from './trouble'

export interface Keeping extends Trouble {
  readonly forGood: boolean
}

export interface OpenRunState {
  /** The run that this page holds, as it was last told of. */
  readonly record: RunRecord | null
  /** A run that was left unfinished: offered when the page opens. */
  readonly unfinished: RunRecord | null
  /** What must be brought before the run that was asked for can be gone on with. */
  readonly missing: readonly Missing[]
  /** Another page is at work on the run shown. */
  readonly elsewhere: boolean
  /** Going on with it, opening it: under way. */
  readonly busy: boolean
  /** Why it cannot be kept: for now, or as long as this page is open. */
  readonly keeping: Keeping | null
  readonly trouble: Trouble | null
}

export const initialOpenRun: OpenRunState = {
  ...{ record: null, unfinished: null, missing: [], elsewhere: false, busy: false, keeping: null, trouble: null },
}

export const openRunStore = createStore<OpenRunState>(() => initialOpenRun)

const ASIDE = 'aside'
/** The runs that there were when one of them was offered. */
let offered: { readonly records: readonly RunRecord[] } = { records: [] }

/** Looks whether a run was left unfinished by a page that is gone, and offers the newest. */
export async function lookForUnfinished(): Promise<void> {
  try {
    const { records, atWork } = await lab().call('runs', {})
    offered = { records }
    const aside = rememberedText(ASIDE) ?? ''
    const left = records.find(
      ({ id, kind, state, updatedAt }) =>
        kind === 'learned' &&
        (state === 'learning' || state === 'paused' || state === 'waiting') &&
        updatedAt > aside &&
        !atWork.includes(id),
    )
    // Of a group the one that was begun, or else the first that waits.
    const first = left?.group ? firstOf(left.group.id, records) : left
    if (!isActive(runStore.getState().status)) openRunStore.setState({ unfinished: first ?? null })
  } catch {
    // Nothing is offered; the list of runs says what is wrong.
  }
}

const firstOf = (group: string, records: readonly RunRecord[]): RunRecord | undefined =>
  records
    .filter((record) => record.group?.id === group && record.state !== 'finished' && record.state !== 'failed')
    .sort((a, b) => a.group!.index - b.group!.index)[0]

/** It stays in the list, and neither it nor any that was left before it is offered again, unless it is gone on with. */
export function putAside(): void {
  const { records } = offered
  const last = records.reduce((latest, { updatedAt }) => (updatedAt > latest ? updatedAt : latest), '')
  rememberText(ASIDE, last)
  openRunStore.setState({ unfinished: null, missing: [], trouble: null })
}

export const dismissOpenRunTrouble = (): void => openRunStore.setState({ trouble: null })

/** Whether anything is left to learn of it. One that failed may come to the same end again, or find its device better. */
export const canGoOn = ({ kind, state }: RunRecord): boolean => kind === 'learned' && state !== 'finished'

/** Why no other run can be opened now, as a sentence; null where it can. */
export const whyNotOpen = (): string | null =>
  isActive(runStore.getState().status) && runStore.getState().status !== 'paused' ? t('runs.busy') : null

/** Goes on with a run exactly where it was left, once its model and images are here. Resolves true when it goes on. */
export async function goOn(
  record: RunRecord,
  { paused = false, takeOver = false }: { readonly paused?: boolean; readonly takeOver?: boolean } = {},
): Promise<boolean> {
  return attempt(async () => {
    const missing = await loadForRun(record)
    if (missing.length > 0) {
      openRunStore.setState({ missing, unfinished: record })
      return false
    }
    await resume(record.id, paused, takeOver)
    return true
  })
}

async function resume(id: string, paused: boolean, takeOver: boolean): Promise<void> {
  await lab().call('goOn', { id, paused, takeOver })
  openRunStore.setState({ unfinished: null, elsewhere: false })
  runStore.setState({ busy: false })
}

/**
 * Shows a run as it stands: one that can be gone on with waits, paused; one that cannot be asked for want of its model or
 * images, or because another page is at work on it, can be looked at.
 */
export async function openKept(record: RunRecord): Promise<boolean> {
  return attempt(async () => {
    const missing = await loadForRun(record)
    const { atWork } = await lab().call('runs', {})
    const unfinished = canGoOn(record) && (record.state === 'learning' || record.state === 'paused')
    if (unfinished && missing.length === 0 && !atWork.includes(record.id)) await resume(record.id, true, false)
    else await show(record.id)
    if (unfinished && missing.length > 0) openRunStore.setState({ missing, unfinished: record })
    return true
  })
}

async function show(id: string): Promise<void> {
  const opened = await lab().call('openRun', { id })
  showRun(opened.record, opened.curves)
  // Before its result, which asks for pictures.
  openRunStore.setState({ elsewhere: opened.elsewhere, missing: opened.missing })
  const { border, record, test } = opened
  if (border) livePrompt.set({ step: record.best?.step ?? record.step, pixels: border })
  runStore.setState({
    status: record.state === 'finished' || record.state === 'failed' ? record.state : 'idle',
    busy: false,
    result: resultOf(opened, test),
    trouble: record.trouble,
  })
}

/** Takes back what waits of the group of the run that is open. */
export async function dropWaiting(): Promise<void> {
  const group = openRunStore.getState().record?.group
  if (group) await lab().call('dropWaiting', { group: group.id })
}

async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  if (whyNotOpen() !== null) return false
  openRunStore.setState({ busy: true, trouble: null, missing: [] })
  try {
    return await work()
  } catch (error) {
    runStore.setState(({ status }) => ({ busy: false, status: status === 'starting' ? 'idle' : status }))
    openRunStore.setState({ trouble: troubleOf(error) })
    return false
  } finally {
    openRunStore.setState({ busy: false })
  }
}

let askedToKeep = false

/** A run begins: asked for here, or because its turn in a group has come. */
export function onBegun(record: RunRecord, curves: RunCurves | null): void {
  showRun(record, curves)
  runStore.setState({ status: 'starting', busy: true })
  openRunStore.setState({ unfinished: null, missing: [], elsewhere: false, keeping: null, trouble: null })
  if (askedToKeep) return
  askedToKeep = true
  void askToKeep()
}

export const onRecord = (record: RunRecord): void =>
  openRunStore.setState((now) => {
    if (now.record?.id !== record.id) return {}
    return { record, keeping: now.keeping?.forGood ? now.keeping : null }
  })

export const onKeeping = (keeping: Keeping): void => openRunStore.setState({ keeping })

/** Another page has taken over the run that is open here. */
export function onTaken(record: RunRecord): void {
  openRunStore.setState({ record, elsewhere: true })
  runStore.setState({ status: 'idle', busy: false, etaSeconds: null })
  announce(t('keep.taken'))
}

/** Fills the curves, the frame and the recipe with a run. */
function showRun(record: RunRecord, curves: RunCurves | null): void {
  const { recipe, seed } = record
  clearRun()
  if (curves) {
    const { step, loss, learningRate, gradientNorm, accuracy, imagesPerSecond } = curves.steps
    metrics.addSteps({
      step: [...step],
      loss: [...loss],
      learningRate: [...learningRate],
      gradientNorm: [...gradientNorm],
      batchAccuracy: [...accuracy],
      imagesPerSecond: [...imagesPerSecond],
    })
    const total = record.zeroShot?.total ?? 0
    curves.validations.step.forEach((at, i) => {
      const [top1, low, high] = [curves.validations.top1[i]!, curves.validations.low[i]!, curves.validations.high[i]!]
      metrics.addValidation(at, { top1, total, correct: Math.round(top1 * total), ci95: [low, high] })
    })
  }
  runStore.setState({
    ...{ totalSteps: recipe.steps, step: record.step, seed, zeroShot: record.zeroShot, best: record.best },
    ...{ parameterCount: record.parameterCount || null, border: record.border },
    ...recipeChoice(record),
  })
  adoptOutputs(record.outputs, record.model.sha256)
  openRunStore.setState({ record })
}

/** The choice of recipe that gives this one; a recipe of another kind leaves the choice as it is. */
function recipeChoice({ recipe, model }: RunRecord): { recipeName?: RecipeName; overrides?: RecipeOverrides } {
  const recipeName = RECIPE_NAMES.find((name) => name === recipe.name)
  if (!recipeName) return {}
  const plain = currentRecipe({ ...runStore.getState(), recipeName, overrides: {} }, model.kind)
  const changed = OVERRIDABLE.filter((name) => plain[name] !== recipe[name]).map(
    (name) => [name, recipe[name]] as const,
  )
  return { recipeName, overrides: Object.fromEntries(changed) as RecipeOverrides }
}

/** The result of a run that was measured, from what is kept of it. */
export function resultOf({ record, border }: OpenedRun, test: Predictions | null): RunResult | null {
  const { outcome, model, outputs, outputLabels } = record
  if (!outcome || !border || !test) return null
  const { bestStep, seconds, secondsPerStep, stoppedEarly, zeroShot, prompted, pValue } = outcome
  const changed = (from: ArrayLike<number>, to: ArrayLike<number>) =>
    [...test.labels.keys()]
      .filter((i) => from[i] !== test.labels[i] && to[i] === test.labels[i])
      .map((i) => test.indices[i]!)
  return {
    ...{ bestStep, seconds, secondsPerStep, stoppedEarly, zeroShot, prompted, pValue, steps: record.step },
    fixed: changed(test.zeroShot.top1, test.prompted.top1),
    broken: changed(test.prompted.top1, test.zeroShot.top1),
    prompt: border,
    ...{ frozenSha256Before: outcome.frozenSha256Before, frozenSha256After: outcome.frozenSha256After },
    model: model.name,
    template: model.kind === 'clip' ? record.task.template : null,
    mapping: outputs && {
      kind: outputs.every((output, i) => output === i) ? 'first' : 'chosen',
      ...{ outputs, labels: outputLabels ?? outputs.map(String) },
    },
    ...{ seed: record.seed, engine: record.engine },
  }
}
