/** The view Study: which methods, how many seeds; starting and stopping; what has been measured, read anew with each cell. */
import { t } from '../i18n/t'
import type { LabEvent } from '../lab/protocol'
import type { StudyAsked, StudyFile } from '../lab/protocol-study'
import { askToKeep } from '../models/hub/persist'
import { ALWAYS, OFFERED, type Offered, type OfferedId } from '../study/offered'
import { announce } from './announce'
import { lab } from './connection'
import { read, write } from './remembered'
import { runStore, type RunStatus } from './run'
import { sessionStore } from './session'
import { isStudying, studyStore } from './study-store'
import { taskStore } from './task'
import { troubleOf } from './trouble'

export const SEED_COUNTS = [1, 3, 5] as const

const CHOSEN = 'study'
/** Of the first visit: methods of every family, of which none takes long. */
const FIRST: readonly OfferedId[] = [ALWAYS, 'nearest-mean', 'linear-probe', 'tip-adapter', 'padding-quick']

const rows: readonly Offered[] = OFFERED

/** Why a method cannot be had with the model in use, as a sentence; null where it can. */
export function whyNot({ clipOnly }: Offered): string | null {
  const model = sessionStore.getState().model
  return clipOnly && model?.kind === 'classifier' ? t('study.clipOnly', { model: model.title }) : null
}

/** Methods that are measured, in the order of the wall: those ticked that go with the model in use. */
export function chosenMethods(): readonly Offered[] {
  const chosen = new Set(studyStore.getState().chosen ?? FIRST)
  return rows.filter((row) => (row.id === ALWAYS || chosen.has(row.id)) && whyNot(row) === null)
}

function asked(): StudyAsked {
  const { seeds } = studyStore.getState()
  return {
    methods: chosenMethods().map(({ contender }) => contender),
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
  }
}

export function chooseMethods(ids: readonly OfferedId[], on: boolean): void {
  const before = new Set(studyStore.getState().chosen ?? FIRST)
  for (const id of ids) {
    if (on) before.add(id)
    else if (id !== ALWAYS) before.delete(id)
  }
  choose(rows.filter(({ id }) => before.has(id)).map(({ id }) => id))
}

const choose = (chosen: readonly OfferedId[]) => {
  studyStore.setState({ chosen })
  remember()
  void refreshStudy()
}

export function chooseSeeds(seeds: number): void {
  studyStore.setState({ seeds })
  remember()
  void refreshStudy()
}

function remember(): void {
  const { chosen, seeds } = studyStore.getState()
  write(CHOSEN, { chosen, seeds })
}

/** What was chosen at the last visit; what is none of its possible values counts as nothing. */
function recall(): void {
  if (studyStore.getState().chosen !== null) return
  const kept = read(CHOSEN) as { readonly chosen?: unknown; readonly seeds?: unknown } | null
  const ids = Array.isArray(kept?.chosen) ? (kept.chosen as readonly unknown[]) : FIRST
  const seeds = SEED_COUNTS.find((one) => one === kept?.seeds) ?? 1
  studyStore.setState({ chosen: rows.filter(({ id }) => ids.includes(id)).map(({ id }) => id), seeds })
}

let latest = 0

/** Reads what has been measured of the methods and seeds chosen: the newest answer stands. */
export async function refreshStudy(): Promise<void> {
  const serial = ++latest
  if (!sessionStore.getState().model || !taskStore.getState().info) {
    studyStore.setState({ report: null })
    return
  }
  try {
    const report = await lab().call('studyReport', asked())
    if (serial === latest) studyStore.setState({ report })
  } catch (error) {
    if (serial === latest) studyStore.setState({ trouble: troubleOf(error) })
  }
}

const RUNS: ReadonlySet<RunStatus> = new Set<RunStatus>(['starting', 'learning', 'testing', 'recovering'])
/** A run is at work, and a study waits for its end. */
export const runIsAtWork = (status: RunStatus = runStore.getState().status): boolean => RUNS.has(status)

/** Measures what is missing. */
export async function startStudy(): Promise<void> {
  if (isStudying() || runIsAtWork()) return
  studyStore.setState({ status: 'starting', work: null, refused: {}, keeping: null, trouble: null })
  // Asked by a press: what is measured should outlive a full disk.
  void askToKeep()
  try {
    await lab().call('study', asked())
    studyStore.setState(({ status }) => ({ status: status === 'starting' ? 'measuring' : status }))
    announce(t('study.announce.started'))
  } catch (error) {
    studyStore.setState({ status: 'rest', trouble: troubleOf(error) })
  }
}

export async function stopStudy(): Promise<void> {
  if (studyStore.getState().status !== 'measuring') return
  studyStore.setState({ status: 'stopping' })
  try {
    await lab().call('stopStudy', {})
  } catch (error) {
    studyStore.setState({ status: 'rest', trouble: troubleOf(error) })
  }
}

/** Null where it could not be written; why stands in the store. */
export async function writeStudy(kind: StudyFile): Promise<{ name: string; bytes: Uint8Array } | null> {
  try {
    const file = await lab().call('studyFile', { ...asked(), kind })
    announce(t('keep.exported', { name: file.name }))
    return file
  } catch (error) {
    studyStore.setState({ trouble: troubleOf(error) })
    return null
  }
}

export const dismissStudyTrouble = (): void => studyStore.setState({ trouble: null })

/** Reads the report and follows what changes it while the view is open. Returns the undoing. */
export function followStudy(): () => void {
  recall()
  void refreshStudy()
  const undo = [
    lab().onEvent((event: LabEvent) => {
      if (event.type === 'studied' || event.type === 'studyEnded') void refreshStudy()
    }),
    taskStore.subscribe((now, before) => {
      if (now.info !== before.info) void refreshStudy()
    }),
    sessionStore.subscribe((now, before) => {
      if (now.model !== before.model || now.capability !== before.capability) void refreshStudy()
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
