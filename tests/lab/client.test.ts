/** Requests meet their replies by id, refusals become UserErrors, events reach listeners, a dead worker frees all who wait. */
import { expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { createLabClient, type WorkerLike } from '../../src/lab/client'
import type { FromLab, ToLab } from '../../src/lab/protocol'

function fakeWorker() {
  const sent: ToLab[] = []
  const worker: WorkerLike = {
    postMessage: (message) => sent.push(message as ToLab),
    terminate: () => {},
    onmessage: null,
    onerror: null,
    onmessageerror: null,
  }
  const say = (message: FromLab) => worker.onmessage?.({ data: message } as MessageEvent)
  return { worker, sent, say }
}

it('answers may come in any order', async () => {
  const { worker, sent, say } = fakeWorker()
  const client = createLabClient(worker)
  const first = client.call('pause', {})
  const second = client.call('resume', {})
  expect(sent.map(({ command }) => command)).toEqual(['pause', 'resume'])
  say({ kind: 'reply', id: sent[1]!.id, body: { step: 2 } })
  say({ kind: 'reply', id: sent[0]!.id, body: { step: 1 } })
  expect(await first).toEqual({ step: 1 })
  expect(await second).toEqual({ step: 2 })
})

it('a refusal is an error with its remedy', async () => {
  const { worker, sent, say } = fakeWorker()
  const asked = createLabClient(worker).call('stop', {})
  say({ kind: 'refusal', id: sent[0]!.id, message: 'Nothing runs.', remedy: 'Start first.' })
  await expect(asked).rejects.toMatchObject({ name: 'UserError', message: 'Nothing runs.', remedy: 'Start first.' })
})

it('events reach every listener until it leaves', () => {
  const { worker, say } = fakeWorker()
  const client = createLabClient(worker)
  const heard: string[] = []
  const leave = client.onEvent(({ type }) => heard.push(`a ${type}`))
  client.onEvent(({ type }) => heard.push(`b ${type}`))
  say({ kind: 'event', event: { type: 'status', status: 'idle' } })
  leave()
  say({ kind: 'event', event: { type: 'status', status: 'paused' } })
  expect(heard).toEqual(['a status', 'b status', 'b status'])
})

it('a worker whose script never came blames the server, one that has spoken does not', async () => {
  const deaths: string[] = []
  for (const spoke of [false, true]) {
    const { worker, say } = fakeWorker()
    createLabClient(worker).onDeath(({ message }) => deaths.push(message))
    if (spoke) say({ kind: 'event', event: { type: 'status', status: 'idle' } })
    worker.onerror?.({} as ErrorEvent)
  }
  expect(deaths).toEqual(['The background worker of this page could not be fetched.', 'The background worker stopped.'])
})

it('a dead worker rejects all who wait and all who come, and is reported once', async () => {
  const { worker } = fakeWorker()
  const client = createLabClient(worker)
  const deaths: string[] = []
  client.onDeath(({ message }) => deaths.push(message))
  const waiting = client.call('pause', {})
  worker.onerror?.({ message: 'out of memory' } as ErrorEvent)
  worker.onerror?.({ message: 'again' } as ErrorEvent)
  await expect(waiting).rejects.toBeInstanceOf(UserError)
  await expect(client.call('resume', {})).rejects.toThrow(/out of memory/)
  expect(deaths).toEqual(['The background worker stopped: out of memory.'])
})
