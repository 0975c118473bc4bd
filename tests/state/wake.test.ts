/** The screen is kept awake while something is learned and seen, no longer; and who asked is told of the end. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { announceStore } from '../../src/state/announce'
import { followNotice, noticeStore, toggleNotice } from '../../src/state/notice'
import { initialRun, onFailed, runStore } from '../../src/state/run'
import { followWake } from '../../src/state/wake'
import { settle } from './scriptedLab'

const page = { visibilityState: 'visible', focused: false, listeners: new Set<() => void>() }
let held = 0
let asked = 0
let undo: () => void = () => undefined

beforeEach(() => {
  held = asked = 0
  page.visibilityState = 'visible'
  page.listeners.clear()
  runStore.setState(initialRun, true)
  noticeStore.setState({ wish: 'off' })
  vi.stubGlobal('document', {
    get visibilityState() {
      return page.visibilityState
    },
    hasFocus: () => page.focused,
    addEventListener: (_: string, listener: () => void) => page.listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => page.listeners.delete(listener),
  })
  vi.stubGlobal('navigator', {
    wakeLock: {
      request: async () => {
        asked++
        held++
        const lock = { released: false, release: async () => lock.released || (held--, (lock.released = true)) }
        return lock
      },
    },
  })
})
afterEach(() => {
  undo()
  undo = () => undefined
  vi.unstubAllGlobals()
  runStore.setState(initialRun, true)
})

it('holds one lock while learning in a page that is seen, and none paused, hidden or after it', async () => {
  undo = followWake()
  runStore.setState({ status: 'starting' })
  await settle()
  expect(held).toBe(0)
  runStore.setState({ status: 'learning' })
  await settle()
  runStore.setState({ status: 'testing' })
  await settle()
  expect([held, asked]).toEqual([1, 1])
  page.visibilityState = 'hidden'
  for (const listener of page.listeners) listener()
  await settle()
  expect(held).toBe(0)
  page.visibilityState = 'visible'
  for (const listener of page.listeners) listener()
  await settle()
  expect(held).toBe(1)
  runStore.setState({ status: 'paused' })
  await settle()
  expect(held).toBe(0)
})

it('asks for permission by a press alone, and tells of the end to who is not looking', async () => {
  const told: string[] = []
  let permission = 'default'
  class FakeNotification {
    static get permission() {
      return permission
    }
    static requestPermission = async () => (permission = 'granted')
    onclick = null
    constructor(title: string, { body }: { body: string }) {
      told.push(`${title}: ${body}`)
    }
  }
  vi.stubGlobal('Notification', FakeNotification)
  undo = followNotice()
  const fail = () => {
    runStore.setState({ status: 'learning' })
    onFailed({ message: 'The loss is lost.', remedy: '' }, 3)
  }
  fail()
  expect(permission).toBe('default')
  await toggleNotice()
  expect(noticeStore.getState().wish).toBe('on')
  expect(announceStore.getState().text).toContain('told')
  page.focused = true
  fail()
  expect(told).toEqual([])
  page.focused = false
  fail()
  expect(told).toEqual(['Stopped by an error: The loss is lost.'])
  await toggleNotice()
  fail()
  expect(told).toHaveLength(1)
  permission = 'denied'
  await toggleNotice()
  expect(noticeStore.getState().wish).toBe('denied')
})
