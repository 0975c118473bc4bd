/** The engines in a module worker of a production build, on Chromium's software WebGPU adapter. */
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { CONVOLVED } from '../../tests/runtime/models'
import type { LearnedThrough } from './losses'
import { serveTestPage, type Site } from './site'

let site: Site
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(import.meta.dirname, process.cwd())
})
test.afterAll(() => site.close())

/** Runs a check of worker.ts. */
function ask<T>(page: Page, name: string, ...parameters: unknown[]): Promise<T> {
  return page.evaluate(([n, p]) => globalThis.ask(n as never, ...p), [name, parameters] as const) as Promise<T>
}

interface Ledger {
  tfTensors: number
  sessions: number
  gpuBuffers: number
  gpuBytes: number
}
interface Opened {
  kind: string
  description: string
  reason: string | null
  ledger: Ledger
}

/** .wasm files fetched by the page and its worker. */
function wasmFiles(page: Page): string[] {
  const names: string[] = []
  page.context().on('request', (request) => {
    const file = new URL(request.url()).pathname.split('/').at(-1)!
    if (file.endsWith('.wasm')) names.push(file)
  })
  return names
}

/** What holds of sessions on every engine: right numbers, through every kind of feed, and nothing left behind. */
async function expectSoundSessions(page: Page): Promise<void> {
  // Odd sizes: ONNX Runtime binds vec4 on WebGPU, tfjs makes exact-size buffers.
  const sizes = [1, 5, 7, 33, 384, 1023]
  const differences = await ask<number[]>(page, 'roundTrip', sizes)
  expect(differences).toHaveLength(sizes.length)
  for (const difference of differences) expect(difference).toBeLessThan(1e-5)

  const { worst, warm, end } = await ask<{ worst: number; warm: Ledger; end: Ledger }>(page, 'loop', 100, 33)
  expect(worst).toBeLessThan(1e-5)
  expect(end).toEqual(warm)

  expect(await ask(page, 'hostFeeds')).toEqual([
    [5, 1, 1],
    [-5, -1, -1],
  ])
  expect(await ask<number>(page, 'externalWeights')).toBeLessThan(1e-3)
  expect(await ask(page, 'keptReshape')).toEqual([3.5, 3.5, 3.5, 3.5, 3.5, 3.5])
  expect(await ask(page, 'crowd')).toBe(40)
}

test.describe('WebGPU', () => {
  for (const executor of ['fused', 'onnxruntime']) {
    test(`passes tensors between tfjs and sessions on one device (${executor})`, async ({ page }) => {
      const fetched = wasmFiles(page)
      await page.goto(site.url)
      const start = await ask<Opened>(page, 'open', 'webgpu', executor)
      expect(start.kind).toBe('webgpu')
      expect(start.reason).toBeNull()
      expect(start.description).toMatch(/\(WebGPU, software\)$/)
      expect(start.ledger.gpuBuffers).toBe(0)

      await expectSoundSessions(page)

      const refused = await ask<{ message: string; remedy: string }>(page, 'brokenModel')
      expect(refused.message).toMatch(/^ONNX Runtime could not load the model: /)
      expect(refused.remedy).toBeTruthy()

      expect(await ask(page, 'close')).toEqual(start.ledger)
      expect(fetched.filter((name) => name.startsWith('ort-'))).toHaveLength(1)
      expect(fetched.some((name) => /jspi|asyncify/.test(name))).toBe(true)
      expect(fetched.some((name) => name.startsWith('tfjs'))).toBe(false)
    })
  }

  test('opens again after dispose', async ({ page }) => {
    await page.goto(site.url)
    for (let i = 0; i < 2; i++) {
      const start = await ask<Opened>(page, 'open', 'webgpu')
      expect((await ask<number[]>(page, 'roundTrip', [7]))[0]).toBeLessThan(1e-5)
      expect(await ask(page, 'close')).toEqual(start.ledger)
    }
  })

  test('is faulty once an error was raised outside of any call, and can be opened again', async ({ page }) => {
    await page.goto(site.url)
    await ask(page, 'open', 'webgpu')
    const { first, again, kind } = await ask<{ first: Told; again: Told; kind: string }>(page, 'uncapturedError')
    expect(first.message).toMatch(/^WebGPU reported: /)
    expect(again).toEqual(first)
    expect(kind).toBe('device-error')
    await ask<Opened>(page, 'open', 'webgpu')
    expect((await ask<number[]>(page, 'roundTrip', [7]))[0]).toBeLessThan(1e-5)
    await ask(page, 'close')
  })

  test('says that the device is lost, and can be disposed', async ({ page }) => {
    await page.goto(site.url)
    await ask(page, 'open', 'webgpu')
    const { run, idle } = await ask<{ run: Told; idle: Told }>(page, 'lostDevice')
    expect(run.message).toMatch(/^The graphics device was lost/)
    expect(run.remedy).toMatch(/or choose WASM/)
    expect(idle.message).toBe(run.message)
  })

  for (const executor of ['fused', 'onnxruntime']) {
    test(`loses its device twenty times in the middle of something, and each next one works (${executor})`, async ({
      page,
    }) => {
      await page.goto(site.url)
      const losses = await ask<Loss[]>(page, 'loseAgainAndAgain', 20, ['create', 'run', 'read'], executor)
      const longest = Math.max(...losses.map(({ disposeMs }) => disposeMs))
      console.log(`disposing of a lost device took at most ${Math.round(longest)} ms`)
      expect(losses.map(({ right }) => right)).toEqual(Array(20).fill(true))
      expect(losses.map(({ kind }) => kind)).toEqual(Array(20).fill('device-lost'))
      for (const { left } of losses) expect(left).toEqual(losses[0]!.left)
      expect(losses[0]!.left).toMatchObject({ sessions: 0, tfTensors: 0 })
    })
  }

  test('learns through twenty devices destroyed in the middle of a step as WASM does undisturbed', async ({ page }) => {
    test.setTimeout(600_000)
    await page.goto(site.url)
    const wasm = await ask<LearnedThrough>(page, 'learnThroughLosses', 'wasm', 0)
    const gpu = await ask<LearnedThrough>(page, 'learnThroughLosses', 'webgpu', 20)
    expect(wasm.attempts).toEqual([])
    expect(gpu.losses).toBe(20)
    expect(gpu.attempts).toEqual(Array(20).fill(1))
    expect(gpu.curve).toHaveLength(wasm.curve.length)
    expect(new Set(wasm.curve).size).toBe(wasm.curve.length)
    gpu.curve.forEach((loss, i) => expect(loss / wasm.curve[i]!).toBeCloseTo(1, 4))
    const worst = Math.max(...gpu.shift.map((value, i) => Math.abs(value - wasm.shift[i]!)))
    console.log(`parameters after 20 lost devices within ${worst.toExponential(1)} of WASM`)
    expect(worst).toBeLessThan(1e-5)
    expect(Math.max(...wasm.shift.map(Math.abs))).toBeGreaterThan(0.05)
  })
})

interface Told {
  message: string
  remedy: string
}
interface Loss {
  moment: string
  kind: string | null
  disposeMs: number
  right: boolean
  left: Ledger
}

test.describe('WASM', () => {
  test('is what a software adapter gets, with threads, and loads nothing of WebGPU', async ({ page }) => {
    const fetched = wasmFiles(page)
    await page.goto(site.url)
    const cores = await page.evaluate(() => navigator.hardwareConcurrency)
    const start = await ask<Opened>(page, 'open', 'auto')
    expect(start.kind).toBe('wasm')
    expect(start.reason).toBe('only a software adapter, slower than WASM')
    const threads = Math.min(4, cores)
    expect(start.description).toBe(`WASM, ${threads} ${threads === 1 ? 'thread' : 'threads'}`)

    await expectSoundSessions(page)
    expect(await ask(page, 'close')).toEqual(start.ledger)
    expect(fetched.filter((name) => /jspi|asyncify|jsep/.test(name))).toEqual([])
    expect(fetched.filter((name) => name.startsWith('ort-'))).not.toEqual([])
  })
})

test("the embedded model's training step gives the same loss and gradient on WebGPU as on WASM", async ({ page }) => {
  test.setTimeout(600_000)
  const config = JSON.parse(readFileSync('public/models/stamp/config.json', 'utf8')) as {
    projection_dim: number
    vision_config: { image_size: number }
  }
  // Two images: software WebGPU computes less than 1 GFLOP/s.
  const options = { batch: 2, imageSize: config.vision_config.image_size, dimensions: config.projection_dim }
  await page.goto(site.url)
  await ask(page, 'open', 'wasm')
  const onWasm = await ask<Step>(page, 'trainingStep', options)
  expect(onWasm.loss).toBeGreaterThan(0)
  expect(onWasm.count).toBe(2 * 3 * options.imageSize ** 2)
  await ask(page, 'close')

  const start = await ask<Opened>(page, 'open', 'webgpu')
  const onGpu = await ask<Step>(page, 'trainingStep', options)
  expect(onGpu.lossDistance).toBeLessThan(1e-3)
  expect(onGpu.gradientDistance).toBeLessThan(1e-3)
  test.info().annotations.push({ type: 'distance', description: JSON.stringify(onGpu) })
  const { gpuBuffers, gpuBytes } = await ask<Ledger>(page, 'close')
  expect({ gpuBuffers, gpuBytes }).toEqual({ gpuBuffers: start.ledger.gpuBuffers, gpuBytes: start.ledger.gpuBytes })
})

test('convolutions of every kind have the same gradient on WebGPU as on WASM', async ({ page }) => {
  const options = { batch: 2, ...CONVOLVED }
  await page.goto(site.url)
  await ask(page, 'open', 'wasm')
  expect((await ask<Step>(page, 'convolutionStep', options)).loss).toBeGreaterThan(0)
  await ask(page, 'close')
  await ask(page, 'open', 'webgpu')
  const onGpu = await ask<Step>(page, 'convolutionStep', options)
  expect(onGpu.lossDistance).toBeLessThan(1e-4)
  expect(onGpu.gradientDistance).toBeLessThan(1e-4)
  await ask(page, 'close')
})

interface Step {
  loss: number
  count: number
  lossDistance: number | null
  gradientDistance: number | null
}
