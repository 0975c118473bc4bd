/** What the engines' browser tests do inside a module worker. Facts go back; the specs judge them. */
import { UserError } from '../../src/errors'
import { chooseEngine } from '../../src/runtime/detect'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import type { Engine, HostTensor, LedgerSnapshot } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'
import { trainingMemory } from '../../src/methods/training-memory'
import { Classifier } from '../../src/methods/classifier'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { heldGraph } from '../../tests/support/held-graph'
import { textOf } from '../../src/sentence'
import { clipVision } from '../../tests/support/clip-generator'
import type { WebGpuEngine } from '../../src/runtime/webgpu'
import { loadAgainAndAgain, manySteps } from '../../tests/support/many-steps'
import { relativeDistance, stepOn, type StepValues } from '../../tests/support/training-case'
import { learnThrough } from './losses'
import { affine, affineOf, choose, convolutions, matmulBeside, matmulWeight } from '../../tests/runtime/models'

let engine: Engine | null = null
function current(): Engine {
  if (!engine) throw new Error('no engine is open')
  return engine
}

/** @param executor of training graphs on WebGPU, the program's own choice unless named */
async function open(backend: 'auto' | 'webgpu' | 'wasm', executor?: 'fused' | 'onnxruntime') {
  const choice = await chooseEngine(backend)
  engine = choice.engine
  if (executor && engine.kind === 'webgpu') (engine as WebGpuEngine).executor = executor
  const reason = choice.reason && textOf(choice.reason)
  return { kind: engine.kind, description: engine.description, reason, ledger: engine.ledger() }
}

async function close(): Promise<LedgerSnapshot> {
  await current().dispose()
  const left = current().ledger()
  engine = null
  return left
}

/** tf -> ORT -> tf for each size: the largest difference from plain numbers, by size. */
async function roundTrip(sizes: readonly number[]): Promise<number[]> {
  const worst: number[] = []
  for (const n of sizes) {
    const session = await current().createSession(affine(n))
    const values = Array.from({ length: n }, (_, i) => Math.sin(i))
    const x = tf.tensor1d(values)
    const doubled = tf.mul(x, 2) // recorded, not yet submitted, when the session runs
    const z = await session.run({ x: doubled }, ({ y }) => tf.add(y!, 1))
    const got = await z.data()
    if (got.length !== n) throw new Error(`${got.length} values came back for ${n}`)
    worst.push(Math.max(...values.map((v, i) => Math.abs(got[i]! - (affineOf(2 * v) + 1)))))
    tf.dispose([x, doubled, z])
    await session.dispose()
  }
  return worst
}

/** A state that goes through ONNX Runtime and tfjs in turn; the largest relative difference from plain numbers. */
async function loop(iterations: number, n: number) {
  const session = await current().createSession(affine(n))
  let state: tf.Tensor = tf.tensor1d(Array.from({ length: n }, (_, i) => i))
  const plain = Array.from({ length: n }, (_, i) => i)
  let worst = 0
  let warm: LedgerSnapshot | null = null
  for (let i = 0; i < iterations; i++) {
    const next = await session.run({ x: state }, ({ y }) => tf.tidy(() => tf.div(tf.add(y!, i), 4)))
    state.dispose()
    state = next
    plain.forEach((v, k) => (plain[k] = (affineOf(v) + i) / 4))
    if (i % 20 === 19) {
      const got = await state.data()
      plain.forEach((v, k) => (worst = Math.max(worst, Math.abs(got[k]! - v) / (1 + Math.abs(v)))))
    }
    if (i === 40) warm = current().ledger()
  }
  const end = current().ledger()
  state.dispose()
  await session.dispose()
  return { worst, warm, end }
}

const bool = (value: boolean): HostTensor => ({ dtype: 'bool', dims: [], data: Uint8Array.of(value ? 1 : 0) })

async function hostFeeds(): Promise<number[][]> {
  const session = await current().createSession(choose(5, 3))
  const x = tf.tensor1d([1, 2, 3, 4, 5])
  const indices: HostTensor = { dtype: 'int64', dims: [3], data: BigInt64Array.of(4n, 0n, 0n) }
  const answers: number[][] = []
  for (const flag of [true, false]) {
    answers.push(await session.run({ x, flag: bool(flag), indices }, async ({ y }) => Array.from(await y!.data())))
  }
  x.dispose()
  await session.dispose()
  return answers
}

/** Largest difference of a matrix product whose weights lie in a file beside the graph. */
async function externalWeights(): Promise<number> {
  const [m, k, n] = [3, 17, 19]
  const { model, externalData } = matmulBeside(m, k, n)
  const session = await current().createSession(model, externalData)
  const x = tf.ones([m, k])
  const y = await session.run({ x }, (o) => o['y']!.data())
  x.dispose()
  await session.dispose()
  let worst = 0
  for (let column = 0; column < n; column++) {
    let sum = 0
    for (let row = 0; row < k; row++) sum += matmulWeight(row, column)
    worst = Math.max(worst, Math.abs(y[(m - 1) * n + column]! - sum))
  }
  return worst
}

/** A reshape of an output outlives the session's buffer, which later runs write over. */
async function keptReshape(): Promise<number[]> {
  const session = await current().createSession(affine(6))
  const ones = tf.ones([6])
  const kept = await session.run({ x: ones }, ({ y }) => tf.reshape(y!, [2, 3]))
  ones.dispose()
  for (let i = 0; i < 3; i++) {
    const x = tf.fill([6], 100 + i)
    await session.run({ x }, () => undefined)
    x.dispose()
  }
  const values = Array.from(await kept.data())
  kept.dispose()
  await session.dispose()
  return values
}

/** Forty runs of two sessions asked for at once; how many answers were right. */
async function crowd(): Promise<number> {
  const [a, b] = await Promise.all([current().createSession(affine(5)), current().createSession(affine(7))])
  const right = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const [session, n] = i % 2 === 0 ? [a, 5] : [b, 7]
      const x = tf.fill([n], i)
      const got = session.run({ x }, (o) => o['y']!.data())
      x.dispose()
      return (await got).every((v) => Math.abs(v - affineOf(i)) < 1e-4)
    }),
  )
  await Promise.all([a.dispose(), b.dispose()])
  return right.filter(Boolean).length
}

async function messageOf(work: () => Promise<unknown>): Promise<{ message: string; remedy: string | null }> {
  try {
    await work()
  } catch (error) {
    return { message: String((error as Error).message), remedy: error instanceof UserError ? error.remedy : null }
  }
  throw new Error('nothing was thrown')
}

const brokenModel = () => messageOf(() => current().createSession(Uint8Array.of(1, 2, 3)))

/** An error that WebGPU raises outside of any call: whatever runs next is not to be trusted, and says so. */
async function uncapturedError() {
  const { device } = current() as WebGpuEngine
  const session = await current().createSession(affine(4))
  const x = tf.ones([4])
  const raised = new Promise((resolve) => device.addEventListener('uncapturederror', resolve, { once: true }))
  device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE }).destroy()
  await device.queue.onSubmittedWorkDone() // errors come with the answers to what is submitted
  await raised
  const first = await messageOf(() => session.run({ x }, () => undefined))
  const again = await messageOf(() => session.run({ x }, () => undefined))
  const kind = current().fault?.kind ?? null
  x.dispose()
  await close()
  return { first, again, kind }
}

/** The device goes away under a session; `dispose` must still work. */
async function lostDevice() {
  const { device } = current() as WebGpuEngine
  const session = await current().createSession(affine(4))
  const x = tf.ones([4])
  device.destroy()
  await device.lost
  const run = await messageOf(() => session.run({ x }, () => undefined))
  const idle = await messageOf(() => current().idle())
  x.dispose()
  await close()
  return { run, idle }
}

/** When the device is destroyed: while a session is made, after a run was begun, while its output is read. */
type LossMoment = 'create' | 'run' | 'read'

/** Loses device after device in the middle of something; each next one must work. */
async function loseAgainAndAgain(times: number, moments: readonly LossMoment[], executor: 'fused' | 'onnxruntime') {
  const losses: { moment: LossMoment; kind: string | null; disposeMs: number; right: boolean; left: LedgerSnapshot }[] =
    []
  for (let i = 0; i < times; i++) {
    await open('webgpu', executor)
    const { device } = current() as WebGpuEngine
    const n = 100
    const x = tf.fill([n], i)
    const session = await current().createSession(affine(n))
    const y = await session.run({ x }, async (o) => Array.from(await o['y']!.data()))
    const right = y.length === n && y.every((value) => Math.abs(value - affineOf(i)) < 1e-3)
    const moment = moments[i % moments.length]!
    const lost = async () => {
      if (moment === 'create') {
        const creating = current().createSession(affine(n))
        device.destroy()
        // It may still be made, since making it awaits nothing of the device; then its first run fails.
        await (await creating).run({ x }, () => undefined)
      } else if (moment === 'run') {
        const running = session.run({ x }, (o) => o['y']!.data())
        device.destroy()
        await running
      } else {
        await session.run({ x }, (o) => {
          const reading = o['y']!.data()
          device.destroy()
          return reading
        })
      }
    }
    const fault = await lost().then(
      () => null,
      (error: unknown) => current().faultOf(error),
    )
    x.dispose()
    const began = performance.now()
    const left = await close()
    losses.push({ moment, kind: fault?.kind ?? null, disposeMs: performance.now() - began, right, left })
  }
  return losses
}

/** Learns on an engine; on WebGPU so many devices are destroyed in the middle of a step. */
async function learnThroughLosses(backend: 'webgpu' | 'wasm', losses: number) {
  let countdown = Infinity
  let broken = 0
  return learnThrough(losses, {
    async open() {
      await open(backend)
      if (backend === 'webgpu') {
        const { device } = current() as WebGpuEngine
        const submit = device.queue.submit.bind(device.queue)
        device.queue.submit = (buffers) => {
          submit(buffers)
          if (--countdown > 0) return
          countdown = Infinity
          broken++
          device.destroy()
        }
      }
      return current()
    },
    close: async () => void (await close()),
    breakAt: (submits) => (countdown = submits),
    broken: () => broken,
  })
}

/** Steps and loads of the tiny encoder on the open engine; see many-steps.ts. */
const ledgerOfSteps = (steps: number) => manySteps(current(), steps)
const ledgerOfLoads = (times: number) => loadAgainAndAgain(current(), times)

/** A tower of this size, and images of one run. */
export interface MemoryCase {
  readonly executor: 'fused' | 'onnxruntime'
  readonly image: number
  readonly patch: number
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly rows: number
}

/** GPU bytes of two whole training steps beside the weights, as the ledger counts them and as they were reckoned. */
async function memoryOfStep({ rows, executor, ...tower }: MemoryCase) {
  const projection = 32
  const classes = 3
  const vision = clipVision({ ...tower, projection })
  const frozen = {
    ...{ input: 'pixel_values', output: 'image_embeds', normalise: true, imageSize: tower.image, classes },
    classEmbeddings: Float32Array.from({ length: projection * classes }, (_, i) => Math.sin(i)),
  }
  await open('webgpu', executor)
  const engine = current() as WebGpuEngine
  const { buffers } = engine
  const classifier = await Classifier.open(engine, { ...frozen, vision: await heldGraph(vision) }, rows)
  const prompt = new VisualPrompt(classifier, 4, () => 0)
  await current().idle()
  const created = buffers.bytes
  buffers.resetPeak()
  const S = tower.image
  const batch = {
    pixels: Float32Array.from({ length: rows * 3 * S * S }, (_, i) => Math.sin(i)),
    labels: Uint16Array.from({ length: rows }, (_, i) => i % classes),
    weights: new Float32Array(rows).fill(1 / rows),
    count: rows,
  }
  const peaks: number[] = []
  for (let step = 0; step < 2; step++) {
    const { loss, gradient } = await prompt.lossAndGradient(batch)
    await loss.data()
    tf.dispose([loss, { ...gradient }])
    await current().idle()
    peaks.push(buffers.peakBytes)
  }
  const reckoned = trainingMemory({ ...frozen, vision }, rows, (graph) => engine.reckon(graph))
  prompt.dispose()
  await classifier.dispose()
  await close()
  return { created, peaks, reckoned }
}

let before: StepValues | null = null
interface StepOptions {
  readonly batch: number
  readonly imageSize: number
  readonly dimensions: number
}

/** One training step of the embedded model; how far its loss and gradient are from the last engine's. */
async function trainingStep(options: StepOptions) {
  const url = new URL('../../public/models/stamp/onnx/vision_model.onnx', import.meta.url)
  return comparedStep(decodeModel(new Uint8Array(await (await fetch(url)).arrayBuffer())), options)
}

/** The same of a small network of convolutions. */
const convolutionStep = (options: StepOptions) => comparedStep(convolutions(options.batch), options)

async function comparedStep(model: OnnxModel, options: StepOptions) {
  const values = await stepOn(current(), model, options)
  const last = before
  before = values
  return {
    loss: values.loss,
    count: values.gradient.length,
    lossDistance: last && Math.abs(values.loss - last.loss) / last.loss,
    gradientDistance: last && relativeDistance(values.gradient, last.gradient),
  }
}

const checks = {
  trainingStep,
  convolutionStep,
  open,
  close,
  roundTrip,
  loop,
  hostFeeds,
  externalWeights,
  keptReshape,
  crowd,
  brokenModel,
  uncapturedError,
  lostDevice,
  loseAgainAndAgain,
  learnThroughLosses,
  memoryOfStep,
  ledgerOfSteps,
  ledgerOfLoads,
  ledger: () => current().ledger(),
}
export type Checks = typeof checks
export type CheckName = keyof Checks

onmessage = ({ data }: MessageEvent<{ name: CheckName; parameters: never[] }>) => {
  const check = checks[data.name] as (...parameters: never[]) => unknown
  Promise.resolve()
    .then(() => check(...data.parameters))
    .then(
      (answer) => postMessage({ answer }),
      (error: unknown) =>
        postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
}
