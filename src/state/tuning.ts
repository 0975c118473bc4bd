/** Tuning the words of the prompt for the picture that is looked at: how far it is, and what came out. Gone with the picture. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { TuningAnswer, TuningEvent } from '../lab/protocol-tuning'
import { announce } from './announce'
import { lab } from './connection'
import { chosenPicture, likeliest, lookStore } from './look'
import { sessionStore } from './session'
import { taskStore } from './task'
import { troubleOf, type Trouble } from './trouble'

export interface TuningState {
  /** How far it is; null where none is under way. */
  readonly progress: Pick<TuningEvent, 'stage' | 'done' | 'total'> | null
  readonly answer: TuningAnswer | null
  readonly augmix: boolean
  readonly trouble: Trouble | null
}

export const initialTuning: TuningState = { progress: null, answer: null, augmix: false, trouble: null }

export const tuningStore = createStore<TuningState>(() => initialTuning)

/** Of the newest question: what is answered to an older one is thrown away. */
let latest = 0

export function setAugmix(augmix: boolean): void {
  tuningStore.setState({ augmix })
}

export async function tunePicture(): Promise<void> {
  const chosen = chosenPicture()
  if (!chosen) return
  const serial = ++latest
  const { augmix } = tuningStore.getState()
  const { mirror } = lookStore.getState()
  tuningStore.setState({ progress: { stage: 'opening', done: 0, total: 1 }, answer: null, trouble: null })
  try {
    const answer = await lab().call('tunePicture', { picture: chosen.file, mirror, augmix })
    if (serial !== latest) return
    tuningStore.setState({ progress: null, answer })
    const [before, after] = [likeliest(answer.before), likeliest(answer.after)]
    announce(t('tune.done', { name: chosen.name, before, after }))
  } catch (error) {
    if (serial === latest) tuningStore.setState({ progress: null, trouble: troubleOf(error) })
  }
}

/** Ends what is under way; nobody is told, since somebody wanted it. */
export function cancelTuning(): void {
  if (tuningStore.getState().progress === null) return
  latest++
  tuningStore.setState({ progress: null })
  // Whoever has died meanwhile is told of elsewhere.
  void lab()
    .call('cancelTuning', {})
    .catch(() => undefined)
}

export const dismissTuningTrouble = (): void => tuningStore.setState({ trouble: null })

export function onTuning({ stage, done, total }: TuningEvent): void {
  if (tuningStore.getState().progress) tuningStore.setState({ progress: { stage, done, total } })
}

/** The lab is gone. */
export function loseTuning(trouble: Trouble): void {
  if (tuningStore.getState().progress) tuningStore.setState({ progress: null, trouble })
}

/** What was found is of one picture, one model and one set of classes. Returns the undoing, which ends what is under way. */
export function followTuning(): () => void {
  const forget = () => {
    cancelTuning()
    latest++
    tuningStore.setState({ answer: null, trouble: null })
  }
  let picture = chosenPicture()
  const undo = [
    lookStore.subscribe((now, before) => {
      if (picture === chosenPicture() && now.mirror === before.mirror) return
      picture = chosenPicture()
      forget()
    }),
    taskStore.subscribe((now, before) => {
      if (now.info !== before.info) forget()
    }),
    sessionStore.subscribe((now, before) => {
      if (now.model !== before.model) forget()
    }),
  ]
  return () => {
    for (const one of undo) one()
    cancelTuning()
  }
}
