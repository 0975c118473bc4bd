/** A notification when a run has ended, for who has asked for it: permission is asked by that press and at no other time. */
import { createStore } from 'zustand/vanilla'
import { percent } from '../i18n/format'
import { inWords } from '../i18n/said'
import { t } from '../i18n/t'
import { announce } from './announce'
import { isActive, runStore } from './run'

export interface NoticeState {
  /** denied: the browser does not let this page notify. */
  readonly wish: 'off' | 'on' | 'denied'
}

export const noticeStore = createStore<NoticeState>(() => ({ wish: 'off' }))

export const canNotify = (): boolean => 'Notification' in globalThis

/** Turns it on or off; asks for permission where that was never asked. */
export async function toggleNotice(): Promise<void> {
  if (noticeStore.getState().wish === 'on') return noticeStore.setState({ wish: 'off' })
  const permission =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission
  noticeStore.setState({ wish: permission === 'granted' ? 'on' : 'denied' })
  announce(t(permission === 'granted' ? 'notice.on' : 'notice.denied'))
}

/** Returns the undoing. */
export function followNotice(): () => void {
  return runStore.subscribe((now, before) => {
    if (!isActive(before.status) || noticeStore.getState().wish !== 'on') return
    if (now.status !== 'finished' && now.status !== 'failed') return
    // Who looks at the page sees it.
    if (document.visibilityState === 'visible' && document.hasFocus()) return
    const { result, trouble } = now
    const gain = result && { before: percent(result.zeroShot.top1), after: percent(result.prompted.top1) }
    const body = gain ? t('notice.finished', gain) : trouble ? inWords(trouble).message : ''
    void notify(t(now.status === 'finished' ? 'run.state.finished' : 'run.state.failed'), body)
  })
}

async function notify(title: string, body: string): Promise<void> {
  const options = { body, tag: 'passepartout-run' }
  try {
    const notice = new Notification(title, options)
    notice.onclick = () => globalThis.focus()
  } catch {
    // On phones only the page's service worker may; where there is none, the page itself says it.
    await (await navigator.serviceWorker?.getRegistration())?.showNotification(title, options)
  }
}
