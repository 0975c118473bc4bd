/** Checking the model in use by a published picture: what was asked, and what came out. Gone with the model. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { Commands } from '../lab/protocol'
import { announce } from './announce'
import { lab } from './connection'
import { sessionStore } from './session'
import { troubleOf, type Trouble } from './trouble'

export type SelfCheck = Commands['checkModel'][1]

export interface CheckState {
  /** Whether the person has asked to see it. */
  readonly open: boolean
  readonly running: boolean
  readonly result: SelfCheck | null
  readonly trouble: Trouble | null
}

export const initialCheck: CheckState = { open: false, running: false, result: null, trouble: null }

export const checkStore = createStore<CheckState>(() => initialCheck)

export const openCheck = (): void => checkStore.setState({ open: true })

export async function checkModel(file: Blob): Promise<void> {
  if (checkStore.getState().running) return
  const { model } = sessionStore.getState()
  checkStore.setState({ running: true, result: null, trouble: null })
  try {
    const result = await lab().call('checkModel', { file })
    // The model may have been changed meanwhile: then this is no answer to what is shown.
    if (sessionStore.getState().model !== model) return checkStore.setState(initialCheck)
    checkStore.setState({ running: false, result })
    announce(verdict(result))
  } catch (error) {
    checkStore.setState({ running: false, trouble: troubleOf(error) })
  }
}

export const verdict = ({ pass, checkpoint }: SelfCheck): string =>
  t(pass ? 'check.pass' : 'check.fail', { checkpoint })

/** Another model: what was found of the one before is no longer shown. Returns the undoing. */
export const followModel = (): (() => void) =>
  sessionStore.subscribe((now, before) => {
    if (now.model !== before.model) checkStore.setState(initialCheck)
  })
