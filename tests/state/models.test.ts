/** The chooser's state: fetching and taking into use, beside a run and without one, and what a reload remembers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../../src/errors'
import type { Capability, HubChoice, ModelInfo, ModelsReport, TaskInfo } from '../../src/lab/protocol'
import { HUB } from '../../src/models/hub/base'
import { catalogue } from '../../src/models/hub/catalogue'
import { baseOf } from '../../src/state/address'
import { checkModel, checkStore, initialCheck, type SelfCheck } from '../../src/state/check'
import { connect } from '../../src/state/connect'
import {
  fetchModel,
  forgetModel,
  initialModels,
  modelsStore,
  openModels,
  setAddress,
  takeHubModel,
} from '../../src/state/models'
import { open } from '../../src/state/opening'
import { rememberedModel, rememberedPace, rememberModel, rememberPace } from '../../src/state/remembered'
import { initialRun, runStore } from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { chooseSample, initialTask, taskStore } from '../../src/state/task'
import { ScriptedLab, settle } from './scriptedLab'

const [entry] = catalogue()
const choice: HubChoice = { entry: entry!, variant: 'fp32', base: HUB }
const report: ModelsReport = {
  ...{ hub: [], others: [], freeBytes: null, lasting: true, trouble: null },
}
const info = { title: 'Counting', classes: [], counts: { train: [3], val: [1], test: [1] } } as unknown as TaskInfo
const model = (id: string, variant: ModelInfo['variant'] = null): ModelInfo => ({
  ...{ id, origin: variant ? 'hub' : 'embedded', variant, kind: 'clip', labels: null, checks: [], name: id, title: id },
  ...{ imageSize: 64, mean: [], std: [], sha256: '', bytes: 1 },
})
const capability: Capability = {
  ...{ engine: 'wasm', description: 'WASM', reason: null, crossOriginIsolated: true, adapter: null },
}

let lab: ScriptedLab
let disconnect: () => void
beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  })
  vi.stubGlobal('location', { href: 'http://page.test/app/', search: '' })
  modelsStore.setState(initialModels, true)
  sessionStore.setState({ ...initialSession, phase: 'ready', model: model('stamp') }, true)
  taskStore.setState(initialTask, true)
  runStore.setState(initialRun, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => {
  disconnect()
  modelsStore.setState(initialModels, true)
  checkStore.setState(initialCheck, true)
  vi.unstubAllGlobals()
})

async function standingTask() {
  void chooseSample('counting')
  await lab.reply('loadTask', info)
  await lab.reply('pictures', [])
}

describe('a fetched model', () => {
  it('is taken into use at once, and the pictures are read anew for it', async () => {
    await standingTask()
    void fetchModel(choice)
    lab.emit({ type: 'download', loaded: 1, total: 2, bytesPerSecond: 1, etaSeconds: 1, resumed: false })
    expect(modelsStore.getState().fetching?.download).toMatchObject({ loaded: 1, total: 2 })
    await lab.reply('fetchModel', { complete: true })
    await lab.reply('models', report)
    expect(modelsStore.getState()).toMatchObject({ fetching: null, loading: `${entry!.title}, fp32` })
    await lab.reply('loadModel', model(entry!.id, 'fp32'))
    expect(sessionStore.getState().model).toMatchObject({ id: entry!.id, variant: 'fp32' })
    expect(await rememberedModel()).toEqual({ entry, variant: 'fp32' })
    expect(taskStore.getState()).toMatchObject({ info: null, loading: true })
    await lab.reply('loadTask', info)
    await lab.reply('pictures', [])
    expect(taskStore.getState()).toMatchObject({ info, loading: false })
  })

  it('waits while a run is on', async () => {
    void fetchModel(choice)
    runStore.setState({ status: 'learning' })
    await lab.reply('fetchModel', { complete: true })
    await lab.reply('models', report)
    expect(modelsStore.getState()).toMatchObject({ loading: null, waiting: choice })
    void takeHubModel(choice)
    expect(lab.commands).not.toContain('loadModel')
    runStore.setState({ status: 'finished' })
    void takeHubModel(choice)
    expect(lab.commands.at(-1)).toBe('loadModel')
  })

  it('that was cancelled is not taken', async () => {
    void fetchModel(choice)
    await lab.reply('fetchModel', { complete: false })
    await lab.reply('models', report)
    expect(lab.commands).toEqual(['fetchModel', 'models'])
    expect(modelsStore.getState()).toMatchObject({ fetching: null, waiting: null, trouble: null })
  })

  it('that was refused leaves the model and task before', async () => {
    await standingTask()
    void takeHubModel(choice)
    await lab.refuse('loadModel', new UserError('It does not fit.', 'Take another.'))
    expect(modelsStore.getState()).toMatchObject({ loading: null, trouble: { message: 'It does not fit.' } })
    expect(sessionStore.getState()).toMatchObject({ model: { id: 'stamp' }, modelProgress: null, phase: 'ready' })
    expect(taskStore.getState().info).toBe(info)
    expect(await rememberedModel()).toBeNull()
  })
})

describe('a reload', () => {
  it('opens with the model that was in use', async () => {
    rememberModel({ entry: entry!, variant: 'fp16' })
    void open('wasm', 'stamp')
    await lab.reply('initialise', { capability, samples: [] })
    const asked = { command: 'loadModel', body: { entry, variant: 'fp16', base: HUB } }
    await vi.waitFor(() => expect(lab.calls.at(-1)).toMatchObject(asked))
    await lab.reply('loadModel', model(entry!.id, 'fp16'))
    expect(sessionStore.getState()).toMatchObject({ phase: 'ready', model: { id: entry!.id } })
  })

  it('opens with the embedded one where that is gone, and says so', async () => {
    rememberModel({ entry: entry!, variant: 'fp16' })
    void open('wasm', 'stamp')
    await lab.reply('initialise', { capability, samples: [] })
    await vi.waitFor(() => expect(lab.commands.at(-1)).toBe('loadModel'))
    await lab.refuse('loadModel', new UserError('It is not here in full.', 'Fetch it.'))
    expect(lab.calls.at(-1)).toMatchObject({ command: 'loadModel', body: { id: 'stamp' } })
    await lab.reply('loadModel', model('stamp'))
    expect(sessionStore.getState()).toMatchObject({ phase: 'ready', model: { id: 'stamp' }, trouble: null })
    expect(modelsStore.getState().trouble).toMatchObject({ message: 'It is not here in full.' })
  })

  it('counts as nothing what it cannot read', async () => {
    localStorage.setItem('passepartout.model', '{"entry":{"id":1},"variant":"fp32"}')
    expect(await rememberedModel()).toBeNull()
    localStorage.setItem('passepartout.pace', 'not json')
    expect(rememberedPace('stamp', null, 'WASM')).toBeNull()
    rememberPace('stamp', null, 'WASM', { secondsPerStep: 0.3, batchSize: 64 })
    expect(rememberedPace('stamp', null, 'WASM')).toEqual({ secondsPerStep: 0.3, batchSize: 64 })
    expect(rememberedPace('stamp', null, 'another engine')).toBeNull()
  })

  it('does not remember a model that was forgotten', async () => {
    rememberModel({ entry: entry!, variant: 'fp32' })
    void forgetModel(entry!.id)
    await lab.reply('forgetModel', { freedBytes: 5 })
    expect(await rememberedModel()).toBeNull()
  })
})

describe('the address', () => {
  it('is the hub, a mirror in its layout, or a folder of this server', () => {
    expect(baseOf(null)).toBe(HUB)
    expect(baseOf('  ')).toBe(HUB)
    expect(baseOf('https://mirror.test')).toEqual({ layout: 'hub', address: 'https://mirror.test/' })
    expect(baseOf('models/')).toEqual({ layout: 'folder', address: 'http://page.test/app/models/' })
    expect(() => baseOf('ftp://mirror.test')).toThrow('is no address to fetch models from')
  })

  it('that is none leaves the one before', async () => {
    openModels()
    setAddress('https://mirror.test')
    setAddress('mailto:nobody')
    expect(modelsStore.getState()).toMatchObject({
      base: { address: 'https://mirror.test/' },
      trouble: { message: expect.stringContaining('is no address') as string },
    })
    await settle()
    expect(lab.calls.filter(({ command }) => command === 'models').length).toBeGreaterThan(1)
  })
})

describe('a check of the model', () => {
  const found: SelfCheck = { checkpoint: 'a CLIP', source: '', image: 'CLIP.png', rows: [], pass: true }

  it('is shown, and gone with the model', async () => {
    void checkModel(new Blob())
    expect(checkStore.getState().running).toBe(true)
    await lab.reply('checkModel', found)
    expect(checkStore.getState()).toMatchObject({ running: false, result: found })
    sessionStore.setState({ model: model('another') })
    expect(checkStore.getState()).toEqual(initialCheck)
  })

  it('is no answer to a model that came meanwhile', async () => {
    void checkModel(new Blob())
    sessionStore.setState({ model: model('another') })
    await lab.reply('checkModel', found)
    expect(checkStore.getState()).toEqual(initialCheck)
  })

  it('says why not', async () => {
    void checkModel(new Blob())
    await lab.refuse('checkModel', new UserError('Another picture.', 'Take that one.'))
    expect(checkStore.getState()).toMatchObject({ running: false, trouble: { message: 'Another picture.' } })
  })
})
