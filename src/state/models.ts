/** Which models can be had, the one being fetched, and taking one into use. The model in use itself is the session's. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { HubChoice, HubOffer, LabEvent, ModelSource, ModelsReport, RunResult, SourceFile } from '../lab/protocol'
import type { VariantId } from '../models/capability'
import { HUB, type ModelBase } from '../models/hub/base'
import { askToKeep } from '../models/hub/persist'
import { baseOf } from './address'
import { announce } from './announce'
import { lab } from './connection'
import { rememberAddress, rememberedModel, rememberModel, rememberPace } from './remembered'
import { currentRecipe, isActive, runStore } from './run'
import { sessionStore } from './session'
import { reloadTask } from './task'
import { troubleOf, type Trouble } from './trouble'

export type Download = Omit<Extract<LabEvent, { type: 'download' }>, 'type'>

export interface ModelsState {
  /** Whether the chooser is open. */
  readonly open: boolean
  /** As it was typed; null: the hub. */
  readonly address: string | null
  readonly base: ModelBase
  readonly report: ModelsReport | null
  /** Variant looked at, by model; the advised one where nobody has looked yet. */
  readonly picked: Readonly<Record<string, VariantId>>
  readonly fetching: { readonly choice: HubChoice; readonly download: Download | null; readonly ending: boolean } | null
  /** Fetched while a run was on: waits to be taken into use. */
  readonly waiting: HubChoice | null
  /** Title of what is being read into memory. */
  readonly loading: string | null
  readonly trouble: Trouble | null
}

export const initialModels: ModelsState = {
  open: false,
  address: null,
  base: HUB,
  report: null,
  picked: {},
  fetching: null,
  waiting: null,
  loading: null,
  trouble: null,
}

export const modelsStore = createStore<ModelsState>(() => initialModels)

export const titleOf = ({ entry, variant }: HubChoice): string => `${entry.title}, ${variant}`

export const showModelsTrouble = (trouble: Trouble | null): void => modelsStore.setState({ trouble })

export function openModels(): void {
  modelsStore.setState({ open: true, trouble: null })
  void refreshModels()
}

export const closeModels = (): void => modelsStore.setState({ open: false })

let latest = 0

/** Asks anew what there is: the newest answer stands. */
export async function refreshModels(): Promise<void> {
  const serial = ++latest
  const remembered = await rememberedModel()
  try {
    const { base } = modelsStore.getState()
    const known = remembered ? [remembered.entry] : []
    const report = await lab().call('models', { base, known, batchSize: currentRecipe().batchSize })
    if (serial === latest) modelsStore.setState({ report })
  } catch (error) {
    if (serial === latest) modelsStore.setState({ trouble: troubleOf(error) })
  }
}

export const pickVariant = (id: string, variant: VariantId): void =>
  modelsStore.setState(({ picked }) => ({ picked: { ...picked, [id]: variant } }))

/** What is looked at of a model: what was picked, else what is in use or here, else what is advised. */
export function pickedVariant({ entry, advice, here, begun }: HubOffer, picked: ModelsState['picked']): VariantId {
  const inUse = sessionStore.getState().model
  const [first] = entry.variants
  return (
    picked[entry.id] ??
    (inUse?.id === entry.id ? inUse.variant : null) ??
    here[0] ??
    begun[0] ??
    advice.advised ??
    first!.id
  )
}

/** Fetches a model and takes it into use, or where a run is on leaves that to the person. */
export async function fetchModel(choice: HubChoice): Promise<void> {
  if (modelsStore.getState().fetching) return
  modelsStore.setState({ fetching: { choice, download: null, ending: false }, trouble: null, waiting: null })
  void askToKeep()
  try {
    const { complete } = await lab().call('fetchModel', choice)
    modelsStore.setState({ fetching: null })
    announce(t(complete ? 'announce.fetched' : 'announce.fetchCancelled', { title: titleOf(choice) }))
    await refreshModels()
    if (!complete) return
    if (isActive(runStore.getState().status)) modelsStore.setState({ waiting: choice })
    else await takeHubModel(choice)
  } catch (error) {
    modelsStore.setState({ fetching: null, trouble: troubleOf(error) })
    await refreshModels()
  }
}

export function onDownload(download: Download): void {
  modelsStore.setState(({ fetching }) => ({ fetching: fetching && { ...fetching, download } }))
}

export async function cancelFetch(): Promise<void> {
  modelsStore.setState(({ fetching }) => ({ fetching: fetching && { ...fetching, ending: true } }))
  await lab().call('cancelFetch', {})
}

export const takeEmbedded = (id: string, title: string): Promise<void> => take({ id }, title)
export const takeHubModel = (choice: HubChoice): Promise<void> => take(choice, titleOf(choice))
export const takeFiles = (name: string, files: readonly SourceFile[]): Promise<void> => take({ name, files }, name)

/** Reads a model into memory. The one before, and what was learned on it, stay until the new one stands. */
async function take(source: ModelSource, title: string): Promise<void> {
  if (modelsStore.getState().loading !== null || isActive(runStore.getState().status)) return
  modelsStore.setState({ loading: title, trouble: null, waiting: null })
  sessionStore.setState({ modelProgress: 0 })
  try {
    const model = await lab().call('loadModel', source)
    sessionStore.setState({ model, modelProgress: null })
    // Files from disk are the person's own to keep: a reload begins with the embedded model.
    rememberModel('entry' in source ? { entry: source.entry, variant: source.variant } : null)
    modelsStore.setState({ loading: null, open: false })
    announce(t('announce.modelReady', { title: model.title }))
    await reloadTask()
  } catch (error) {
    sessionStore.setState({ modelProgress: null })
    modelsStore.setState({ loading: null, trouble: troubleOf(error) })
    await refreshModels()
  }
}

/** Frees the disk space of a model. The one in use stays in use until the page is left. */
export async function forgetModel(id: string): Promise<void> {
  try {
    await lab().call('forgetModel', { id })
    if ((await rememberedModel())?.entry.id === id) rememberModel(null)
    modelsStore.setState(({ waiting }) => ({ waiting: waiting?.entry.id === id ? null : waiting }))
    announce(t('announce.forgotten'))
  } catch (error) {
    modelsStore.setState({ trouble: troubleOf(error) })
  }
  await refreshModels()
}

/** @param address as typed; null or empty: the hub. What is no address is refused with a sentence. */
export function setAddress(address: string | null, { remember = true } = {}): void {
  try {
    const base = baseOf(address)
    modelsStore.setState({ base, address: base === HUB ? null : address, trouble: null })
    if (remember) rememberAddress(base === HUB ? null : address)
  } catch (error) {
    modelsStore.setState({ trouble: troubleOf(error) })
  }
  if (modelsStore.getState().open) void refreshModels()
}

/** Notes how long a step took with the model in use, for the next time somebody chooses. */
export function recordPace({ secondsPerStep, steps }: RunResult): void {
  const { model, capability } = sessionStore.getState()
  if (!model || !capability || steps === 0) return
  const { batchSize } = currentRecipe()
  rememberPace(model.id, model.variant, capability.description, { secondsPerStep, batchSize })
}
