/** What a person does with the open album: editing it with undo, looking at it, and what is kept of others. */
import {
  includeClasses,
  labelPictures,
  mergeClasses,
  moveClasses,
  renameClass,
  setSplit,
  setTemplate,
  splitClass,
  takeOutPictures,
  unlabelPictures,
  type Arrangement,
  type SplitRule,
} from '../data/arrangement'
import { t } from '../i18n/t'
import { cleanClassName } from '../models/class-names'
import { announce } from './announce'
import { lab } from './connection'
import { imagesStore, showOpened, type PictureFilter } from './images-store'
import { isActive, runStore } from './run'
import { adoptArranged, cancelLoading, chooseKept } from './task'
import { troubleOf } from './trouble'

/** Edits that can be taken back. */
const REMEMBERED = 200

/** Fetches what the lab has open, where the page has not looked at it yet. */
export async function lookAtAlbum(): Promise<void> {
  if (imagesStore.getState().album) return
  try {
    const { opened } = await lab().call('openedAlbum', {})
    if (opened && !imagesStore.getState().album) showOpened(opened)
  } catch (error) {
    imagesStore.setState({ trouble: troubleOf(error) })
  }
}

/** Whether the album may be changed: not while a run learns on it. */
export const canEdit = (): boolean =>
  imagesStore.getState().arrangement !== null && !isActive(runStore.getState().status)

/** Makes another arrangement, that can be taken back. */
function edit(change: (now: Arrangement) => Arrangement): void {
  const { arrangement, past } = imagesStore.getState()
  if (!arrangement || !canEdit()) return
  const next = change(arrangement)
  if (next === arrangement) return
  imagesStore.setState({ past: [...past, arrangement].slice(-REMEMBERED), future: [] })
  void arrangeAs(next)
}

export const rename = (key: string, name: string): void => edit((now) => renameClass(now, key, name))
export const include = (keys: ReadonlySet<string>, included: boolean): void =>
  edit((now) => includeClasses(now, keys, included))
export const merge = (keys: ReadonlySet<string>): void => edit((now) => mergeClasses(now, keys))
export const unmerge = (key: string): void => edit((now) => splitClass(now, key, cleanClassName))
export const move = (keys: ReadonlySet<string>, target: string, place: 'before' | 'after'): void =>
  edit((now) => moveClasses(now, keys, target, place))
export const retemplate = (template: string): void =>
  edit((now) => (template === now.template ? now : setTemplate(now, template)))
export const resplit = (change: Partial<SplitRule>): void => edit((now) => setSplit(now, change))
export const label = (digests: readonly string[], name: string): void =>
  edit((now) => labelPictures(now, digests, name))
export const unlabel = (digests: readonly string[]): void => edit((now) => unlabelPictures(now, digests))
export const takeOut = (digests: readonly string[], out: boolean): void =>
  edit((now) => takeOutPictures(now, digests, out))

/** Moves classes by one place. */
export function nudge(keys: ReadonlySet<string>, by: -1 | 1): void {
  const classes = imagesStore.getState().arrangement?.classes ?? []
  const places = classes.flatMap(({ key }, i) => (keys.has(key) ? [i] : []))
  const target = by < 0 ? classes[places[0]! - 1] : classes[places.at(-1)! + 1]
  if (target) move(keys, target.key, by < 0 ? 'before' : 'after')
}

export const canUndo = (): boolean => canEdit() && imagesStore.getState().past.length > 0
export const canRedo = (): boolean => canEdit() && imagesStore.getState().future.length > 0

export function undo(): void {
  const { arrangement, past, future } = imagesStore.getState()
  const before = past.at(-1)
  if (!arrangement || !before || !canEdit()) return
  imagesStore.setState({ past: past.slice(0, -1), future: [arrangement, ...future] })
  announce(t('images.undone'))
  void arrangeAs(before)
}

export function redo(): void {
  const { arrangement, past, future } = imagesStore.getState()
  const [after, ...rest] = future
  if (!arrangement || !after || !canEdit()) return
  imagesStore.setState({ past: [...past, arrangement], future: rest })
  announce(t('images.redone'))
  void arrangeAs(after)
}

let latest = 0

/** The page shows the wanted arrangement at once; of several under way, the lab's last answer counts. */
async function arrangeAs(arrangement: Arrangement): Promise<void> {
  const serial = ++latest
  imagesStore.setState({ arrangement, arranging: true, trouble: null })
  try {
    const arranged = await lab().call('arrange', { arrangement })
    if (serial !== latest) return
    imagesStore.setState({ arranged, arranging: false })
    await adoptArranged(arranged)
  } catch (error) {
    if (serial === latest) imagesStore.setState({ arranging: false, trouble: troubleOf(error) })
  }
}

export const show = (filter: Partial<PictureFilter>): void =>
  imagesStore.setState((now) => ({ filter: { ...now.filter, ...filter } }))

export async function cancelOpening(): Promise<void> {
  cancelLoading()
  await lab().call('cancelOpening', {})
}

export async function refreshKept(): Promise<void> {
  try {
    imagesStore.setState({ kept: await lab().call('albums', {}) })
  } catch (error) {
    imagesStore.setState({ trouble: troubleOf(error) })
  }
}

export async function forgetKept(id: string): Promise<void> {
  try {
    await lab().call('forgetAlbum', { id })
  } catch (error) {
    imagesStore.setState({ trouble: troubleOf(error) })
  }
  await refreshKept()
}

export async function openKept(id: string, name: string): Promise<void> {
  await chooseKept(id, name)
  await refreshKept()
}
