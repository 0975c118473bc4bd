/**
 * The page's side of the worker protocol: typed requests with ids, each answered once, and unasked events.
 *
 * It knows nothing of what the commands mean. A worker that dies rejects everything still waiting and tells the
 * listener, so that the page can say so instead of waiting for ever.
 */
import { errorFrom, UserError } from '../errors'
import type { CommandName, Commands, FromLab, LabEvent } from './protocol'

/** The part of a Worker that is used; tests give one end of a MessageChannel or an object of their own. */
export interface WorkerLike {
  postMessage(message: unknown): void
  terminate(): void
  onmessage: ((event: MessageEvent) => unknown) | null
  onerror: ((event: ErrorEvent) => unknown) | null
  onmessageerror: ((event: MessageEvent) => unknown) | null
}

export interface LabClient {
  /** Resolves with the reply; rejects with a UserError made of the worker's refusal. */
  call<K extends CommandName>(command: K, body: Commands[K][0]): Promise<Commands[K][1]>
  /** Adds a listener to all events; returns its removal. */
  onEvent(listener: (event: LabEvent) => void): () => void
  /** Called once if the worker itself dies. */
  onDeath(listener: (error: UserError) => void): () => void
  /** Ends the worker at once; whatever waits is rejected. */
  terminate(): void
}

interface Waiting {
  readonly resolve: (body: never) => void
  readonly reject: (error: Error) => void
}

export function createLabClient(worker: WorkerLike): LabClient {
  const waiting = new Map<number, Waiting>()
  const listeners = new Set<(event: LabEvent) => void>()
  const deathListeners = new Set<(error: UserError) => void>()
  let nextId = 1
  let dead: UserError | null = null
  let heard = false

  function die(error: UserError) {
    if (dead) return
    dead = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    for (const listener of deathListeners) listener(error)
  }

  worker.onmessage = ({ data }: MessageEvent) => {
    heard = true
    const message = data as FromLab
    if (message.kind === 'event') {
      for (const listener of listeners) listener(message.event)
      return
    }
    const call = waiting.get(message.id)
    if (!call) return
    waiting.delete(message.id)
    if (message.kind === 'reply') call.resolve(message.body as never)
    else call.reject(errorFrom(message))
  }
  worker.onerror = (event) => {
    event.preventDefault?.()
    const detail = event.message ? `: ${event.message}` : ''
    // A script that was never fetched raises an error without words.
    if (!heard && !detail) {
      return die(
        new UserError(
          'The background worker of this page could not be fetched.',
          'Check that its server still runs (npm start) and the network, then reload the page.',
        ),
      )
    }
    die(
      new UserError(
        `The background worker stopped${detail}.`,
        'Reload the page; if it happens again, please report it.',
      ),
    )
  }
  worker.onmessageerror = () =>
    die(new UserError('A message from the background worker could not be read.', 'Reload the page to start afresh.'))

  return {
    call(command, body) {
      if (dead) return Promise.reject(dead)
      const id = nextId++
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, command, body })
      })
    },
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onDeath(listener) {
      deathListeners.add(listener)
      return () => deathListeners.delete(listener)
    },
    terminate() {
      worker.terminate()
      die(new UserError('The background worker was ended.', 'Reload the page to start afresh.'))
    },
  }
}
