/**
 * Looking back along a run: one place in time moves border, curves, predictions of the hung pictures and answers on validation
 * together.
 *
 * At most one keyframe is asked for at a time; whatever was dragged over meanwhile is left out. The last few borders are
 * remembered, so that going to and fro does not wait for a step of the learning.
 */
import type { Moment } from '../lab/protocol-timeline'
import { lab } from './connection'
import { livePrompt, shownPrompt, type Prompt } from './livePrompt'
import { isActive, runStore } from './run'
import { openRunStore } from './runs'
import { timelineThumbs } from './timeline-thumbs'
import { clearTimeline, keptAt, timelineStore } from './timeline-store'

/** Borders that the page remembers, bytes. */
const REMEMBERED_BYTES = 24 * 2 ** 20

interface Question {
  readonly step: number
  readonly validation: boolean
}

/** In the order of their use, the latest last. */
const remembered = new Map<number, Prompt>()
/** The question that the lab is at. */
let inFlight: Question | null = null
let leaving = false
let wanting = 0
/** Grows with every run: an answer about the last one is nobody's. */
let serial = 0

/** Where the present begins: while learning goes on, the newest border is that of the last step; after it, the kept one. */
function present(): number {
  const { status, step } = runStore.getState()
  return isActive(status) ? step : Infinity
}

/** Looks at the border as it was after a step. */
export function goTo(step: number): void {
  const { kept } = timelineStore.getState()
  if (kept.length === 0 || step >= present()) return goLive()
  timelineStore.setState({ at: Math.max(0, Math.round(step)) })
  void follow()
}

/** Back to the present. */
export function goLive(): void {
  shownPrompt.setPast(null)
  timelineStore.setState({ at: null, shown: null })
  void follow()
}

/** So many keyframes on, or back. */
export function goBy(keyframes: number): void {
  const { kept, at } = timelineStore.getState()
  const now = present()
  // The present is a place of its own after the last keyframe before it.
  const places = kept.filter((step) => step < now)
  const here = at === null ? places.length : places.findLastIndex((step) => step <= at)
  const next = here + keyframes
  if (next >= places.length) return goLive()
  goTo(places[Math.max(0, next)] ?? 0)
}

export const goToStart = (): void => goTo(0)

/**
 * Asks for what the shown border answers on validation, now and whenever it changes (`timelineStore.validation`): for who shows
 * a confusion matrix of that step. Returns the end of the wish.
 */
export function wantValidation(): () => void {
  wanting++
  void follow()
  let wanted = true
  return () => {
    if (wanted) wanting--
    wanted = false
    if (wanting > 0) return
    timelineStore.setState({ validation: null })
    leaveOutdated()
  }
}

export function onKept(kept: readonly number[]): void {
  timelineStore.setState({ kept })
  if (wanting > 0) void follow()
  if (runStore.getState().status !== 'learning') void fillThumbs()
}

/** Thumbnails of a run that was opened again are fetched from its keyframes, so many. */
const FILLED = 16
let filling = false

/** Makes thumbnails of the way where there are hardly any: of a run that was not watched from its beginning. */
export async function fillThumbs(): Promise<void> {
  const { kept } = timelineStore.getState()
  if (filling || kept.length < 3 || timelineThumbs.all().length > 2) return
  filling = true
  const asked = serial
  try {
    const last = kept.at(-1)!
    const wanted = new Set(Array.from({ length: FILLED }, (_, i) => keptAt(kept, (i * last) / (FILLED - 1))!))
    for (const step of wanted) {
      const { step: found, border } = await lab().call('moment', { step, validation: false })
      if (asked !== serial) return
      timelineThumbs.add({ step: found, pixels: border })
    }
  } catch {
    // As in `follow`.
  } finally {
    filling = false
  }
}

/** Fetches what is missing of the place in time, one question after the other, until nothing is. */
async function follow(): Promise<void> {
  if (inFlight) return leaveOutdated()
  try {
    for (let question = missing(); question; question = missing()) {
      inFlight = question
      const asked = serial
      const moment = await lab().call('moment', question)
      if (asked === serial) take(moment)
      // The lab answered with another keyframe: the one asked for was thinned out, and its steps will be told.
      if (moment.step !== question.step) return
      // Nobody left, and yet there is no answer.
      if (question.validation && !moment.validation && !leaving) return
      leaving = false
    }
  } catch {
    // The lab is between runs, or the keyframe is gone: the run reports its own errors, and the next move asks again.
  } finally {
    inFlight = null
    leaving = false
  }
}

/** Answers on validation may take long: they are not waited for where others are wanted by now. */
function leaveOutdated(): void {
  if (!inFlight?.validation || leaving) return
  const now = missing()
  if (now?.validation && now.step === inFlight.step) return
  leaving = true
  // Without a lab there is nothing to leave.
  lab()
    .call('leaveAnswers', {})
    .catch(() => undefined)
}

/** What is to be asked next, the border before its answers; shows what is remembered already. */
function missing(): Question | null {
  const { at, kept, validation } = timelineStore.getState()
  const step = keptAt(kept, at ?? Infinity)
  if (step === undefined) return null
  const known = remembered.get(step)
  if (at !== null && known) show(known)
  if (at !== null && !known) return { step, validation: false }
  const answering = at === null ? presentAnswers(kept) : step
  // A kept run whose model or images are not loaded has borders, and answers nothing.
  if (wanting === 0 || answering === undefined || openRunStore.getState().missing.length > 0) return null
  return validation?.step === answering ? null : { step: answering, validation: true }
}

/**
 * The step whose answers stand for the present: of the border that was kept, after the run; while it is learned, of the last
 * validation, so that nothing is measured beside the learning; and while that waits, of the last keyframe.
 */
function presentAnswers(kept: readonly number[]): number | undefined {
  const { result, status, validation } = runStore.getState()
  if (result) return keptAt(kept, result.bestStep)
  if (status === 'paused' || validation === null) return kept.at(-1)
  return keptAt(kept, validation.step)
}

function take({ step, border, validation }: Moment): void {
  remember({ step, pixels: border })
  if (validation && wanting > 0) timelineStore.setState({ validation: { step, predictions: validation } })
  const { at, kept } = timelineStore.getState()
  if (at !== null && keptAt(kept, at) === step) show(remembered.get(step)!)
}

function show(prompt: Prompt): void {
  remember(prompt)
  shownPrompt.setPast(prompt)
  if (timelineStore.getState().shown !== prompt.step) timelineStore.setState({ shown: prompt.step })
}

function remember(prompt: Prompt): void {
  remembered.delete(prompt.step)
  remembered.set(prompt.step, prompt)
  const most = Math.max(2, Math.floor(REMEMBERED_BYTES / prompt.pixels.byteLength))
  for (const step of remembered.keys()) {
    if (remembered.size <= most) break
    remembered.delete(step)
  }
}

/** Forgets the way of a run with the run. Returns the undoing. */
export function followTimeline(): () => void {
  const undo = [
    livePrompt.subscribe(() => {
      if (livePrompt.get() === null) {
        serial++
        remembered.clear()
        clearTimeline()
      }
    }),
    // A step that is made again after a fault may be another.
    runStore.subscribe((now, before) => {
      if (now.status === 'recovering' && before.status !== 'recovering') remembered.clear()
      if (wanting > 0 && (now.validation !== before.validation || now.status !== before.status)) void follow()
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
