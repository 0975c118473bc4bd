/**
 * Trying the border on any picture: one that was dropped, chosen or pasted, or what a camera sees. The model is asked for at
 * most one picture at a time; of a camera's frames the newest is the next.
 */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { LookQuestion, Region } from '../lab/protocol-look'
import { announce } from './announce'
import { lab } from './connection'
import { percent } from '../i18n/format'
import { runStore } from './run'
import { taskStore } from './task'
import { timelineStore } from './timeline-store'
import { troubleOf, type Trouble } from './trouble'
import { viewStore } from './view'

export interface LookState {
  readonly source: 'none' | 'picture' | 'camera'
  /** Left and right exchanged. */
  readonly mirror: boolean
  /** The picture as the model is given it, bare, uint8 [3,S,S]; null while it is being cut, and of a camera. */
  readonly picture: { readonly name: string; readonly pixels: Uint8Array } | null
  readonly reading: boolean
  /** Part of what the camera sees that the model is given; null until it has been asked. */
  readonly region: Region | null
  readonly answer: { readonly zeroShot: Float32Array; readonly prompted: Float32Array } | null
  readonly trouble: Trouble | null
}

export const initialLook: LookState = {
  source: 'none',
  mirror: false,
  picture: null,
  reading: false,
  region: null,
  answer: null,
  trouble: null,
}

export const lookStore = createStore<LookState>(() => initialLook)

/** The picture that is looked at. */
let chosen: { readonly name: string; readonly file: Blob } | null = null
let inFlight = false
let stale = false

/** The picture that is looked at; null of a camera, and where there is none. */
export const chosenPicture = (): { readonly name: string; readonly file: Blob } | null => chosen

export function showPicture(name: string, file: Blob): void {
  chosen = { name, file }
  const { source, mirror } = lookStore.getState()
  // A camera is a mirror, a picture is none.
  lookStore.setState({ ...initialLook, source: 'picture', mirror: source === 'picture' && mirror, reading: true })
  void askPicture()
}

export function showLookTrouble(trouble: Trouble | null): void {
  lookStore.setState({ trouble })
}

export function setMirror(mirror: boolean): void {
  lookStore.setState({ mirror, answer: null })
  if (lookStore.getState().source === 'picture') void askPicture()
}

/** A camera has been opened. */
export function beginCamera(): void {
  chosen = null
  lookStore.setState({ ...initialLook, source: 'camera', mirror: true })
}

export function endLook(): void {
  chosen = null
  lookStore.setState(initialLook)
}

/** What is asked besides the picture. */
function asked(): Omit<LookQuestion, 'picture'> {
  const { shown } = timelineStore.getState()
  return {
    mirror: lookStore.getState().mirror,
    strength: viewStore.getState().strength,
    ...(shown === null ? {} : { at: shown }),
  }
}

async function askPicture(): Promise<void> {
  if (inFlight) {
    stale = true
    return
  }
  const picture = chosen
  if (!picture) return
  // Nothing has been learned that could be laid on it: it is shown as it is.
  if (runStore.getState().status === 'idle') return lookStore.setState({ reading: false })
  inFlight = true
  stale = false
  try {
    const { pixels, zeroShot, prompted } = await lab().call('look', { picture: picture.file, ...asked() })
    if (picture !== chosen || lookStore.getState().source !== 'picture') return
    const first = lookStore.getState().picture === null
    const answer = { zeroShot, prompted }
    lookStore.setState({ picture: { name: picture.name, pixels }, answer, reading: false, trouble: null })
    if (first)
      announce(t('try.answer', { name: picture.name, before: likeliest(zeroShot), after: likeliest(prompted) }))
  } catch (error) {
    if (picture === chosen) lookStore.setState({ reading: false, trouble: troubleOf(error) })
  } finally {
    inFlight = false
    if (stale) void askPicture()
  }
}

/** Whether the lab is free to be asked of a frame. */
export const canAsk = (): boolean => !inFlight

/** Asks of one frame of the camera, unless the last one is still being answered; the frame is given away. */
export async function askFrame(grab: () => Promise<ImageBitmap>): Promise<void> {
  if (inFlight) return
  inFlight = true
  try {
    const picture = await grab()
    const { mirror } = lookStore.getState()
    const question = lab().call('look', { picture, ...asked() })
    // The lab has a copy of its own.
    picture.close()
    const { zeroShot, prompted, region } = await question
    const now = lookStore.getState()
    if (now.source !== 'camera' || now.mirror !== mirror) return
    lookStore.setState({ answer: { zeroShot, prompted }, region, trouble: null })
  } catch (error) {
    if (lookStore.getState().source === 'camera') lookStore.setState({ trouble: troubleOf(error) })
  } finally {
    inFlight = false
  }
}

export function likeliest(probabilities: Float32Array): string {
  const best = probabilities.indexOf(Math.max(...probabilities))
  const name = taskStore.getState().info?.classes[best]?.name ?? String(best)
  return `${name} ${percent(probabilities[best] ?? 0, 0)}`
}

/** Asks anew when border or strength have changed; a camera does so by itself. Returns the undoing. */
export function followLook(): () => void {
  const again = () => {
    if (lookStore.getState().source === 'picture') void askPicture()
  }
  const undo = [
    viewStore.subscribe((now, before) => {
      if (now.strength !== before.strength) again()
    }),
    timelineStore.subscribe((now, before) => {
      if (now.shown !== before.shown) again()
    }),
    runStore.subscribe((now, before) => {
      if (now.validation !== before.validation || now.status !== before.status) again()
    }),
  ]
  again()
  return () => {
    for (const one of undo) one()
  }
}
