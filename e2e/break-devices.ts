/** Devices that go away: runs inside the lab's worker, before it asks for one. */
import type { LabEvent } from '../src/lab/protocol'

export type BreakingWorker = typeof globalThis & { losses: number }

/**
 * Runs in the worker: from the third step on, destroys the device with the second submit after a step was reported, which
 * is in the middle of the next one.
 */
export function breakDevices(losses: number): void {
  const scope = globalThis as BreakingWorker
  scope.losses = 0
  let submits = Infinity
  let device: GPUDevice | null = null
  const { requestDevice } = GPUAdapter.prototype
  GPUAdapter.prototype.requestDevice = async function (...rest) {
    device = await requestDevice.apply(this, rest)
    return device
  }
  const { submit } = GPUQueue.prototype
  GPUQueue.prototype.submit = function (...rest) {
    submit.apply(this, rest)
    if (--submits > 0) return
    submits = Infinity
    scope.losses++
    device!.destroy()
  }
  const post = globalThis.postMessage.bind(globalThis) as (...rest: unknown[]) => void
  globalThis.postMessage = (...rest: unknown[]) => {
    const { event } = rest[0] as { event?: LabEvent }
    if (event?.type === 'steps' && event.step.at(-1)! > 2 && scope.losses < losses) submits = 2
    // A validation, a pause: not in the middle of a step.
    if (event?.type === 'validation' || event?.type === 'status') submits = Infinity
    post(...rest)
  }
}
