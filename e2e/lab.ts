/**
 * The lab's worker without the page around it: its built script, driven over its own protocol, in a bare tab of the
 * same origin. For what the page does not show: every loss, and the GPU buffers alive.
 */
import type { Page, Worker } from '@playwright/test'
import type { Capability, CommandName, Commands, FromLab, LabEvent, RunResult, SampleInfo } from '../src/lab/protocol'

/** A file to hand to the lab: path inside its folder, bytes in base64. */
export interface LabFile {
  readonly path: string
  readonly base64: string
}

/** What the script in the tab keeps; see `openWorker`. */
interface Tab {
  call(command: string, body: unknown): Promise<unknown>
  readonly events: LabEvent[]
}
type TabWindow = Window & { lab: Tab }

/** What the worker keeps of its GPU buffers; see `countBuffers`. */
type CountingWorker = typeof globalThis & { liveBuffers: Set<object>; leftAtDestroy: number[] }

export class Lab {
  private constructor(
    readonly page: Page,
    readonly worker: Worker,
  ) {}

  /** Starts the worker that the page itself starts, but in a tab where nothing else runs. */
  static async open(page: Page): Promise<Lab> {
    const [first] = await Promise.all([page.waitForEvent('worker'), page.goto('./')])
    const url = first.url()
    await page.goto('./samples/index.json')
    const [worker] = await Promise.all([page.waitForEvent('worker'), page.evaluate(openWorker, url)])
    await worker.evaluate(countBuffers)
    return new Lab(page, worker)
  }

  /** Rejects with "message | remedy" where the lab refuses. */
  async call<K extends CommandName>(command: K, body: Commands[K][0]): Promise<Commands[K][1]> {
    const said = { command, body: body as unknown }
    const reply = this.page.evaluate(
      ({ command, body }) => (window as unknown as TabWindow).lab.call(command, body),
      said,
    )
    return reply as Promise<Commands[K][1]>
  }

  initialise(backend: 'webgpu' | 'wasm'): Promise<{ capability: Capability; samples: readonly SampleInfo[] }> {
    return this.call('initialise', { backend })
  }

  /** As `loadTask` with files; their bytes become Blobs in the tab, since a Blob does not travel to it. */
  async loadFiles(name: string, files: readonly LabFile[], splitSeed: number): Promise<Commands['loadTask'][1]> {
    const reply = this.page.evaluate(
      async ({ name, files, splitSeed }) => {
        const blobs = files.map(async ({ path, base64 }) => {
          const response = await fetch(`data:application/octet-stream;base64,${base64}`)
          return { path, file: await response.blob() }
        })
        const source = { kind: 'files', name, files: await Promise.all(blobs), splitSeed }
        return (window as unknown as TabWindow).lab.call('loadTask', source)
      },
      { name, files, splitSeed },
    )
    return reply as Promise<Commands['loadTask'][1]>
  }

  /** Waits for the run to end; its result, or the sentence it failed with as an error. */
  async finished(timeoutMs: number): Promise<{ result: RunResult; losses: readonly number[] }> {
    await this.page.waitForFunction(
      () => (window as unknown as TabWindow).lab.events.some(({ type }) => type === 'finished' || type === 'failed'),
      undefined,
      { timeout: timeoutMs, polling: 100 },
    )
    const events = await this.events()
    const failed = events.find((event) => event.type === 'failed')
    if (failed) throw new Error(`${failed.message} ${failed.remedy}`)
    const end = events.find((event) => event.type === 'finished')!
    return { result: end.result, losses: events.flatMap((event) => (event.type === 'steps' ? event.loss : [])) }
  }

  /** All events so far. */
  events(): Promise<readonly LabEvent[]> {
    return this.page.evaluate(() => [...(window as unknown as TabWindow).lab.events])
  }

  liveBuffers(): Promise<number> {
    return this.worker.evaluate(() => (globalThis as CountingWorker).liveBuffers.size)
  }

  /** Buffers still alive at the moment each device was destroyed. */
  leftAtDestroy(): Promise<number[]> {
    return this.worker.evaluate(() => (globalThis as CountingWorker).leftAtDestroy)
  }
}

/** Runs in the tab. */
function openWorker(url: string): void {
  const worker = new Worker(url, { type: 'module' })
  const waiting = new Map<number, { resolve: (body: unknown) => void; reject: (error: Error) => void }>()
  const events: LabEvent[] = []
  worker.onmessage = ({ data }: MessageEvent<FromLab>) => {
    if (data.kind === 'event') events.push(data.event)
    else if (data.kind === 'reply') waiting.get(data.id)?.resolve(data.body)
    else waiting.get(data.id)?.reject(new Error(`${data.message} | ${data.remedy}`))
  }
  let id = 0
  const call = (command: string, body: unknown) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject })
      worker.postMessage({ id, command, body })
    })
  ;(window as unknown as TabWindow).lab = { call, events }
}

/** Runs in the worker, before it asks for a device: an account of GPU buffers that is not the program's own. */
function countBuffers(): void {
  const scope = globalThis as CountingWorker
  scope.liveBuffers = new Set()
  scope.leftAtDestroy = []
  const { createBuffer, destroy: destroyDevice } = GPUDevice.prototype
  const { destroy: destroyBuffer } = GPUBuffer.prototype
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor)
    scope.liveBuffers.add(buffer)
    return buffer
  }
  GPUBuffer.prototype.destroy = function () {
    scope.liveBuffers.delete(this)
    return destroyBuffer.call(this)
  }
  GPUDevice.prototype.destroy = function () {
    scope.leftAtDestroy.push(scope.liveBuffers.size)
    scope.liveBuffers.clear()
    return destroyDevice.call(this)
  }
}
