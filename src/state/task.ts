/** The chosen task: where its pictures come from, what the lab made of them, and the few that hang on the wall. */
import { createStore } from 'zustand/vanilla'
import { announce } from './announce'
import { sampleText, t } from '../i18n/t'
import type { PictureInfo, SourceFile, TaskInfo, TaskSource } from '../lab/protocol'
import type { ArrangedInfo } from '../lab/protocol-images'
import { lab } from './connection'
import { endOpening, forgetOpened, imagesStore, showOpened, showOpening } from './images-store'
import { openView } from './route'
import { prepareRun } from './run'
import { selectPicture } from './view'
import { troubleIn, troubleOf, type Trouble } from './trouble'

/** How many pictures hang beside the border. */
export const WALL_PICTURES = 6
/** Decides the split of a folder that has none of its own. */
export const SPLIT_SEED = 0

export type Choice = { readonly kind: 'sample'; readonly id: string } | { readonly kind: 'own'; readonly name: string }

export interface TaskState {
  /** What was asked for last; shown as selected while it loads. */
  readonly choice: Choice | null
  readonly loading: boolean
  readonly progress: { readonly done: number; readonly total: number } | null
  readonly info: TaskInfo | null
  readonly pictures: readonly PictureInfo[]
  readonly trouble: Trouble | null
}

export const initialTask: TaskState = {
  choice: null,
  loading: false,
  progress: null,
  info: null,
  pictures: [],
  trouble: null,
}

export const taskStore = createStore<TaskState>(() => initialTask)

export const chooseSample = (id: string): Promise<void> => load({ kind: 'sample', id }, { kind: 'sample', id })

/** @param makeRoom albums used longest ago are forgotten where there is no room */
export const chooseFiles = (name: string, files: readonly SourceFile[], makeRoom = false): Promise<void> =>
  load({ kind: 'files', name, files, splitSeed: SPLIT_SEED }, { kind: 'own', name }, makeRoom)

/** Images in a certain arrangement, such as a kept run was learned on. */
export const chooseArranged = (source: TaskSource, choice: Choice): Promise<void> => load(source, choice)

/** Opens an album that this browser keeps. */
export const chooseKept = (id: string, name: string): Promise<void> =>
  load({ kind: 'album', id }, { kind: 'own', name })

export function showTaskTrouble(trouble: Trouble | null): void {
  taskStore.setState({ trouble })
}

export function showTaskProgress(done: number, total: number): void {
  taskStore.setState({ progress: { done, total } })
}

/** Hangs one more picture (from the galleries) in place of the last, or selects it where it hangs already. */
export function hangPicture(picture: PictureInfo): void {
  const { pictures } = taskStore.getState()
  const same = (p: PictureInfo) => p.split === picture.split && p.index === picture.index
  const at = pictures.findIndex(same)
  if (at >= 0) return selectPicture(at)
  const kept = pictures.slice(0, WALL_PICTURES - 1)
  taskStore.setState({ pictures: [...kept, picture] })
  selectPicture(kept.length)
}

/** Takes test pictures off the wall: while a border is learned, nobody should choose by them. */
export function takeDownTestPictures(): void {
  const { pictures } = taskStore.getState()
  const kept = pictures.filter((p) => p.split !== 'test')
  if (kept.length === pictures.length) return
  taskStore.setState({ pictures: kept })
  selectPicture(0)
}

let latest = 0
/** Where the task that stands came from. */
let standing: { readonly source: TaskSource; readonly choice: Choice } | null = null

/** Reads the task's pictures again, for another model: they are cut to its size. What was learned is gone. */
export async function reloadTask(): Promise<void> {
  const { info } = taskStore.getState()
  if (!standing) return
  prepareRun(trainingImages(info))
  taskStore.setState({ info: null, pictures: [] })
  await load(standing.source, standing.choice)
}

async function load(source: TaskSource, choice: Choice, makeRoom = false): Promise<void> {
  const serial = ++latest
  const before = taskStore.getState()
  taskStore.setState({ choice, loading: true, progress: null, trouble: null })
  if (choice.kind === 'own') showOpening(choice.name)
  try {
    if (source.kind === 'sample') {
      const info = await lab().call('loadTask', source)
      const pictures = await wallPictures()
      if (serial !== latest) return
      forgetOpened()
      stand(source, choice, info, pictures)
    } else {
      const opened = await lab().call('openAlbum', { source, makeRoom })
      const { task: info } = opened.arranged
      const pictures = info ? await wallPictures() : []
      if (serial !== latest) return
      showOpened(opened)
      stand(source, choice, info, pictures)
      if (!info) leaveToPerson(opened.arranged)
    }
  } catch (error) {
    if (serial !== latest) return
    endOpening()
    // The task loaded before, if any, is still the lab's task: nothing is lost by a bad folder.
    taskStore.setState({ choice: before.choice, loading: false, progress: null, trouble: troubleOf(error) })
  }
}

/** Of validation: the test split is looked at when learning is over, by its end result and the galleries. */
const wallPictures = () => lab().call('pictures', { split: 'val', count: WALL_PICTURES })

function stand(source: TaskSource, choice: Choice, info: TaskInfo | null, pictures: readonly PictureInfo[]): void {
  standing = { source, choice }
  endOpening()
  prepareRun(trainingImages(info))
  selectPicture(0)
  taskStore.setState({ info, pictures, loading: false, progress: null })
  if (info)
    announce(t('announce.taskReady', { title: sampleText(info.id, 'title', info.title), classes: info.classes.length }))
}

const trainingImages = (info: TaskInfo | null): number => info?.counts.train.reduce((sum, n) => sum + n, 0) ?? 0

/** Nothing can be learned yet: the view of images says why, and has what helps. */
function leaveToPerson({ problems }: ArrangedInfo): void {
  const [problem] = problems
  if (problem) taskStore.setState({ trouble: troubleIn(problem) })
  openView('images')
}

/** The open album has been arranged otherwise: its task is another, or there is none. */
export async function adoptArranged({ task, arrangement, problems }: ArrangedInfo): Promise<void> {
  const serial = ++latest
  if (standing) standing = { ...standing, source: { ...standing.source, arrangement } }
  const pictures = task ? await wallPictures() : []
  if (serial !== latest) return
  prepareRun(trainingImages(task))
  selectPicture(0)
  const [problem] = problems
  taskStore.setState({ info: task, pictures, trouble: problem ?? null })
}

/** What is being read is not waited for any longer: the task from before is still there. */
export function cancelLoading(): void {
  if (!imagesStore.getState().opening) return
  latest++
  endOpening()
  const { info } = taskStore.getState()
  taskStore.setState({ loading: false, progress: null, choice: info ? (standing?.choice ?? null) : null })
}
