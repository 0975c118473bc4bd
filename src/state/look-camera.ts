/** The camera: asked for only when somebody presses its button, and let go when it is left. Its picture leaves the page for nowhere. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import { beginCamera, endLook, lookStore, showLookTrouble } from './look'
import type { Trouble } from './trouble'

export interface CameraState {
  readonly status: 'off' | 'asking' | 'on'
  readonly stream: MediaStream | null
  /** Known once the camera may be used. */
  readonly cameras: readonly { readonly id: string; readonly label: string }[]
  readonly id: string | null
}

const off: CameraState = { status: 'off', stream: null, cameras: [], id: null }

export const cameraStore = createStore<CameraState>(() => off)

/** What the camera is asked for: more would be cut away. */
const WANTED = { width: { ideal: 640 }, height: { ideal: 480 } } as const

let serial = 0

export async function openCamera(id: string | null = null): Promise<void> {
  const turn = ++serial
  stopTracks()
  cameraStore.setState({ status: 'asking', stream: null, id })
  showLookTrouble(null)
  try {
    if (!globalThis.navigator.mediaDevices) throw new DOMException('', 'InsecureContext')
    const video = id === null ? { ...WANTED, facingMode: 'user' } : { ...WANTED, deviceId: { exact: id } }
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false })
    if (turn !== serial) return stop(stream)
    const [track] = stream.getVideoTracks()
    track?.addEventListener('ended', () => {
      if (turn !== serial) return
      closeCamera()
      showLookTrouble(cameraTrouble('ended'))
    })
    const devices = await navigator.mediaDevices.enumerateDevices()
    if (turn !== serial) return stop(stream)
    const cameras = devices
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || t('try.camera.nth', { n: i + 1 }) }))
    beginCamera()
    cameraStore.setState({ status: 'on', stream, cameras, id: track?.getSettings().deviceId ?? id })
  } catch (error) {
    if (turn !== serial) return
    cameraStore.setState(off)
    if (lookStore.getState().source === 'camera') endLook()
    showLookTrouble(cameraTrouble(error instanceof DOMException ? error.name : ''))
  }
}

export function closeCamera(): void {
  serial++
  stopTracks()
  cameraStore.setState(off)
  if (lookStore.getState().source === 'camera') endLook()
}

function stopTracks(): void {
  const { stream } = cameraStore.getState()
  if (stream) stop(stream)
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

function cameraTrouble(name: string): Trouble {
  const which = (
    {
      NotAllowedError: 'denied',
      SecurityError: 'denied',
      NotFoundError: 'missing',
      OverconstrainedError: 'missing',
      NotReadableError: 'busy',
      AbortError: 'busy',
      InsecureContext: 'insecure',
      ended: 'ended',
    } as const
  )[name]
  return {
    message: t(`try.camera.${which ?? 'failed'}`),
    remedy: t(`try.camera.${which ?? 'failed'}.remedy`),
  }
}
