/** The run: which recipe, what the lab is doing with it, how far it is, what came out. */
import { createStore } from 'zustand/vanilla'
import { announce, announceSeldom } from './announce'
import { t } from '../i18n/t'
import { say } from '../i18n/said'
import { percent } from '../i18n/format'
import type { Accuracy, LabEvent, ModelInfo, RunResult, RunStatus as LabStatus } from '../lab/protocol'
import type { Recipe } from '../learning/recipe'
import { recipeByName, type RecipeName } from '../learning/recipes'
import type { FaultKind } from '../runtime/fault'
import { lab } from './connection'
import { livePrompt } from './livePrompt'
import { metrics } from './metrics'
import { forgetOutputs, outputsForStart } from './outputs'
import { sessionStore } from './session'
import { timelineStore } from './timeline-store'
import { troubleOf, type Trouble } from './trouble'

export type RunStatus = LabStatus | 'starting'
export type Preparation = 'zero-shot' | 'warm-up' | 'validation' | 'test'

export type RecipeOverrides = Partial<Pick<Recipe, (typeof OVERRIDABLE)[number]>>
export type Overridable = keyof RecipeOverrides
/** What of a recipe a person may change. */
export const OVERRIDABLE = ['steps', 'borderFraction', 'learningRate', 'batchSize', 'init'] as const

export interface RunState {
  readonly recipeName: RecipeName
  /** What the person has changed of the recipe; the rest is as it says. */
  readonly overrides: RecipeOverrides
  readonly seed: number
  /** Size of the task's train split, which decides the length of the `paper` recipe; 0 while there is no task. */
  readonly trainingImages: number
  readonly status: RunStatus
  /** A command has been sent and not yet answered. */
  readonly busy: boolean
  readonly parameterCount: number | null
  /** Border width in pixels. */
  readonly border: number | null
  readonly totalSteps: number
  readonly step: number
  readonly imagesPerSecond: number | null
  readonly etaSeconds: number | null
  /** Work around the steps: measuring zero-shot, warming up, testing. */
  readonly preparation: { readonly stage: Preparation; readonly done: number; readonly total: number } | null
  readonly zeroShot: Accuracy | null
  readonly validation: { readonly step: number; readonly accuracy: Accuracy } | null
  readonly best: { readonly step: number; readonly accuracy: Accuracy } | null
  readonly result: RunResult | null
  /** Why it is recovering, as a sentence; null while it is not. */
  readonly recovery: string | null
  readonly trouble: Trouble | null
  /** What befell the device, where that ended the run; null where it was something else, or nothing. */
  readonly failedBy: FaultKind | null
  /** Last step whose border is sound, after a failure. */
  readonly lastGoodStep: number | null
  /** A run was dropped and can be brought back. */
  readonly canUndoReset: boolean
}

const nothingRun = {
  status: 'idle',
  busy: false,
  parameterCount: null,
  border: null,
  totalSteps: 0,
  step: 0,
  imagesPerSecond: null,
  etaSeconds: null,
  preparation: null,
  zeroShot: null,
  validation: null,
  best: null,
  result: null,
  recovery: null,
  trouble: null,
  failedBy: null,
  lastGoodStep: null,
  canUndoReset: false,
} satisfies Partial<RunState>

export const initialRun: RunState = {
  recipeName: 'quick',
  overrides: {},
  seed: 1,
  trainingImages: 0,
  ...nothingRun,
}

export const runStore = createStore<RunState>(() => initialRun)

export const isActive = (status: RunStatus): boolean =>
  status === 'starting' ||
  status === 'learning' ||
  status === 'paused' ||
  status === 'testing' ||
  status === 'recovering'

export type RecipeChoice = Pick<RunState, 'recipeName' | 'overrides' | 'trainingImages'>

/** The recipe as it would be started now, on the model in use. */
export function currentRecipe(
  chosen: RecipeChoice = runStore.getState(),
  kind: ModelInfo['kind'] | undefined = sessionStore.getState().model?.kind,
): Recipe {
  const { recipeName, overrides, trainingImages } = chosen
  const recipe = { ...recipeByName(recipeName, trainingImages, kind), ...overrides }
  if (overrides.steps === undefined) return recipe
  // A short run keeps a warm-up, but never one that takes it all.
  return { ...recipe, warmupSteps: Math.min(recipe.warmupSteps, Math.floor(overrides.steps / 2)) }
}

/** As it comes, without what the person changed. */
export const plainRecipe = (chosen: RecipeChoice, kind: ModelInfo['kind'] | undefined): Recipe =>
  currentRecipe({ ...chosen, overrides: {} }, kind)

export const chooseRecipe = (recipeName: RecipeName): void => runStore.setState({ recipeName, overrides: {} })

/** Changes one thing of the recipe; what is no possible value is left out. */
export function setOverride<K extends Overridable>(name: K, value: RecipeOverrides[K]): void {
  if (typeof value === 'number' && !(Number.isFinite(value) && POSSIBLE[name as NumberName](value))) return
  runStore.setState(({ overrides }) => ({ overrides: { ...overrides, [name]: value } }))
}

/** As the recipe says again. */
export function resetOverride(name: Overridable): void {
  runStore.setState(({ overrides: { [name]: _, ...rest } }) => ({ overrides: rest }))
}

type NumberName = Exclude<Overridable, 'init'>
const POSSIBLE: Readonly<Record<NumberName, (value: number) => boolean>> = {
  steps: (value) => value >= 1,
  borderFraction: (value) => value > 0 && value < 0.5,
  learningRate: (value) => value > 0,
  batchSize: (value) => value >= 1,
}

export const setSteps = (steps: number): void => setOverride('steps', Math.round(steps))

export function setSeed(seed: number): void {
  if (Number.isFinite(seed) && seed >= 0) runStore.setState({ seed: Math.round(seed) })
}

export const dismissRunTrouble = (): void => runStore.setState({ trouble: null })

/** Back to an empty frame, for a new task of this many training images. Recipe and seed stay. */
export function prepareRun(trainingImages: number): void {
  clearRun()
  // Steps of the last task may be far too many or too few for this one.
  resetOverride('steps')
  forgetOutputs()
  runStore.setState({ trainingImages })
}

/** A run that was dropped, for as long as it can be brought back: until the next one starts. */
let dropped: { readonly run: RunState; readonly restore: () => void } | null = null

/** Clears the frame for another run. An unfinished run stays in the lab, paused, until the next one starts. */
export async function resetRun(): Promise<void> {
  if (runStore.getState().status === 'learning') await pauseRun()
  const run = runStore.getState()
  if (run.status === 'idle' || run.busy || !canReset(run.status)) return
  const [figures, prompt, timeline] = [metrics.keep(), livePrompt.get(), timelineStore.getState()]
  clearRun()
  runStore.setState({ canUndoReset: true })
  dropped = {
    run,
    restore() {
      figures()
      livePrompt.set(prompt)
      timelineStore.setState({ ...timeline, at: null, shown: null })
    },
  }
  announce(t('announce.reset'))
}

export const canReset = (status: RunStatus): boolean =>
  status === 'learning' || status === 'paused' || status === 'finished' || status === 'failed'

/** Brings back what `resetRun` dropped; an unfinished run is paused. */
export function undoReset(): void {
  if (!dropped || runStore.getState().status !== 'idle') return
  const { recipeName, overrides, seed, trainingImages } = runStore.getState()
  dropped.restore()
  runStore.setState({ ...dropped.run, recipeName, overrides, seed, trainingImages })
  dropped = null
  announce(t('announce.restored'))
}

export function clearRun(): void {
  dropped = null
  metrics.clear()
  livePrompt.set(null)
  runStore.setState(nothingRun)
}

export async function startRun({ paused }: { readonly paused: boolean } = { paused: false }): Promise<void> {
  const { status, busy, seed } = runStore.getState()
  if (busy || isActive(status)) return
  const recipe = currentRecipe()
  clearRun()
  runStore.setState({ status: 'starting', busy: true, totalSteps: recipe.steps })
  try {
    const { steps, parameterCount, border } = await lab().call('start', { recipe, seed, paused, ...outputsForStart() })
    runStore.setState({ busy: false, totalSteps: steps, parameterCount, border })
    announce(t('announce.started', { steps }))
  } catch (error) {
    runStore.setState({ ...nothingRun, trouble: troubleOf(error) })
  }
}

export const pauseRun = (): Promise<void> => command('pause', (status) => status === 'learning')
export const resumeRun = (): Promise<void> => command('resume', (status) => status === 'paused')
export const stopRun = (): Promise<void> => command('stop', (status) => status === 'learning' || status === 'paused')

/** One step: of a paused run, or the first of a new one that then waits. */
export async function stepRun(): Promise<void> {
  if (!isActive(runStore.getState().status)) await startRun({ paused: true })
  await command('step', (status) => status === 'paused' || status === 'starting')
}

/** What the main button and the space bar do. */
export function toggleRun(): Promise<void> {
  const { status } = runStore.getState()
  if (status === 'learning') return pauseRun()
  if (status === 'paused') return resumeRun()
  return startRun()
}

async function command(name: 'pause' | 'resume' | 'step' | 'stop', when: (status: RunStatus) => boolean) {
  const { status, busy } = runStore.getState()
  if (busy || !when(status)) return
  runStore.setState({ busy: true })
  try {
    const { step } = await lab().call(name, {})
    runStore.setState((run) => ({ busy: false, step: Math.max(run.step, step) }))
  } catch (error) {
    runStore.setState({ busy: false, trouble: troubleOf(error) })
  }
}

// What the lab reports.

export function onStatus(status: Exclude<RunStatus, 'starting'>): void {
  const { status: before, busy } = runStore.getState()
  // `idle` before the first step is still the start that was asked for, also where a device was lost in it.
  if (status === 'idle' && (before === 'starting' || (before === 'recovering' && busy))) {
    runStore.setState({ status: 'starting', recovery: null })
    return
  }
  const stands = status === 'learning' || status === 'paused'
  // From here on it can be paused and stopped, whoever began it: what answers the asking may come steps later, and nobody
  // asked for the next run of a group.
  const begun = stands && before === 'starting' ? { busy: false } : {}
  runStore.setState({ status, recovery: null, ...(stands && { preparation: null }), ...begun })
  if (status === 'paused') announce(t('announce.paused', { step: runStore.getState().step }))
}

/** Follows the status `recovering`. */
export function onRecovering({ said, step, halved, rows }: Extract<LabEvent, { type: 'recovering' }>): void {
  const message = say(said)
  const recovery = halved ? t('run.recovering.halved', { message, rows }) : t('run.recovering', { message, step })
  runStore.setState({ recovery })
  announce(recovery)
}

export function onPreparation(stage: Preparation, done: number, total: number): void {
  runStore.setState({ preparation: done < total ? { stage, done, total } : null })
}

export function onSteps(step: number, imagesPerSecond: number, etaSeconds: number): void {
  runStore.setState({ step, imagesPerSecond, etaSeconds })
}

export function onZeroShot(zeroShot: Accuracy): void {
  runStore.setState({ zeroShot })
}

export function onValidation(step: number, accuracy: Accuracy): void {
  runStore.setState(({ best }) => ({
    validation: { step, accuracy },
    best: best && best.accuracy.top1 >= accuracy.top1 ? best : { step, accuracy },
  }))
  announceSeldom(t('announce.validation', { step, accuracy: percent(accuracy.top1) }))
}

export function onFinished(result: RunResult): void {
  runStore.setState({
    status: 'finished',
    result,
    step: result.steps,
    preparation: null,
    busy: false,
    etaSeconds: null,
  })
  const before = t(result.mapping ? 'curves.frozen' : 'curves.zeroShot')
  const [zeroShot, prompted] = [percent(result.zeroShot.top1), percent(result.prompted.top1)]
  announce(t('announce.finished', { before, zeroShot, prompted }))
}

export function onFailed(trouble: Trouble, lastGoodStep: number, failedBy: FaultKind | null = null): void {
  runStore.setState({
    status: 'failed',
    trouble,
    lastGoodStep,
    failedBy,
    preparation: null,
    busy: false,
    etaSeconds: null,
  })
}

/** The worker died: the run cannot go on. */
export function loseRun(trouble: Trouble): void {
  const { status, step } = runStore.getState()
  if (isActive(status)) onFailed(trouble, step)
}
