/**
 * The embedded CLIP in half precision and in int8, both towers, as a person's files: read, its classes embedded, learned on,
 * and left as it was; beside the float32 model on the same pictures.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { loadSample } from '../../src/data/samples'
import { readSampleIndex, sampleSource } from '../../src/data/samples-node'
import type { Task } from '../../src/data/task'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { readParameters } from '../../src/learning/parameters'
import { quick } from '../../src/learning/recipes'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { checkGradient } from '../../src/methods/gradient-check'
import type { NamedTensors } from '../../src/methods/method'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadClip } from '../../src/models/clip'
import { encodeClasses } from '../../src/models/text'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { createWasmEngine } from '../../src/runtime/wasm'
import { noise } from '../learning/frozen'
import { inHalfPrecision } from '../support/half-model'
import { stampFiles, type Files } from '../support/hub-content'
import { quantised } from '../support/quantised-model'
import { filesOf } from './tiny-clip'

const SAMPLES = 'public/samples'
const ROWS = 3
const BORDER = 10

const TOWERS = ['onnx/vision_model.onnx', 'onnx/text_model.onnx'] as const
const WHOLE = stampFiles()

/** Stamp with both towers rewritten. */
function stampAs(rewrite: (model: OnnxModel) => OnnxModel): Files {
  const towers = TOWERS.map((path) => [path, encodeModel(rewrite(decodeModel(WHOLE[path]!)), { weights: 'inline' })])
  return { ...WHOLE, ...(Object.fromEntries(towers) as Files) }
}

interface Found {
  readonly classes: Float32Array
  readonly logits: Float32Array
  readonly gradient: Float32Array
  readonly gradientPasses: boolean
  readonly losses: readonly number[]
  readonly before: NamedTensors
  readonly after: NamedTensors
  readonly sha256: { readonly given: string; readonly left: string }
}

/** What a person's run does with a model's files, in two steps. */
async function goThrough(engine: Engine, task: Task, files: Files): Promise<Found> {
  const clip = await loadClip(filesOf(files))
  const names = task.classes.map(({ name }) => name)
  const classes = await encodeClasses(engine, clip, task.template, names)
  const classifier = await Classifier.open(engine, clipClassifier(clip, names.length, classes), ROWS)
  const builder = new BatchBuilder(task.splits.val, clip, ROWS)
  const [batch] = builder.inOrder()
  let i = 0
  const method = new VisualPrompt(classifier, BORDER, () => 0.1 * noise(i++))
  try {
    const logits = await method.predict(batch!)
    const found = await method.lossAndGradient(batch!)
    const named = await readParameters(found.gradient)
    const gradient = Float32Array.from(Object.values(named).flatMap(({ data }) => [...data]))
    tf.dispose([found.loss, { ...found.gradient }])
    const { pass } = await checkGradient(method, batch!, { directions: 4, seconds: 60 })

    const before = await readParameters(method.parameters)
    const recipe = { ...quick, steps: 2, batchSize: ROWS }
    const batches = new TrainingBatches(builder, { batchSize: ROWS, maxShift: 0, seed: 3 })
    const loop = new Loop({ method, batches, recipe, lossScale: classifier.lossScale, readEvery: 1 })
    const losses = [...(await loop.advance()), ...(await loop.advance())].map(({ loss }) => loss)
    const after = await readParameters(method.parameters)
    loop.dispose()
    const sha256 = { given: classifier.givenSha256, left: await classifier.hashFrozen() }
    return { classes, logits, gradient, gradientPasses: pass, losses, before, after, sha256 }
  } finally {
    method.dispose()
    await classifier.dispose()
  }
}

let task: Task
beforeAll(async () => {
  const manifest = (await readSampleIndex(SAMPLES)).find(({ id }) => id === 'counting')!
  const source = await sampleSource(SAMPLES, manifest)
  const some = { ...source, files: source.files.filter(({ path }) => path.endsWith('/000.png')) }
  task = await loadSample(manifest, some, { decoder: nodeDecoder, imageSize: 64 })
})

interface Variant {
  readonly rewrite: (model: OnnxModel) => OnnxModel
  /** How far (relative, L2) embeddings and logits may be from the float32 model's, and the gradient. */
  readonly near: number
  readonly slope: number
}

const half = { near: 0.005, slope: 0.1 }
const eighths = { near: 0.05, slope: 0.5 }
const VARIANTS = {
  'fp16, float32 at its ends': { rewrite: (model) => inHalfPrecision(model), ...half },
  'fp16 throughout': { rewrite: (model) => inHalfPrecision(model, { ends: 'float16' }), ...half },
  'int8 per channel, tables too': {
    rewrite: (model) => quantised(model, { type: 'int8', perChannel: true, embeddings: true }),
    ...eighths,
  },
  'uint8 per tensor': { rewrite: (model) => quantised(model, { type: 'uint8', perChannel: false }), ...eighths },
} satisfies Record<string, Variant>

const norm = (x: Float32Array) => Math.hypot(...x)
const distance = (a: Float32Array, b: Float32Array) => norm(a.map((v, i) => v - b[i]!)) / norm(b)

describe.each([
  ['onnxruntime-node', createNodeEngine, ['fp16 throughout', 'uint8 per tensor']],
  ['WASM', createWasmEngine, ['fp16, float32 at its ends', 'int8 per channel, tables too']],
] as const)('a whole CLIP on %s', (_, create, variants) => {
  let engine: Engine
  let exact: Found
  let tensors: number
  beforeAll(async () => {
    engine = await create()
    exact = await goThrough(engine, task, WHOLE)
    tensors = tensorCount()
  }, 120_000)
  afterAll(async () => {
    expect(engine.ledger()).toMatchObject({ sessions: 0, tfTensors: tensors })
    await engine.dispose()
  })

  it.each(variants)(
    '%s: answers, gradient and two steps',
    async (variant) => {
      const { rewrite, near, slope } = VARIANTS[variant]
      const files = stampAs(rewrite)
      const found = await goThrough(engine, task, files)
      const far = (key: 'classes' | 'logits' | 'gradient') => distance(found[key], exact[key])
      for (const key of ['classes', 'logits', 'gradient'] as const) {
        expect(far(key), key).toBeLessThan(key === 'gradient' ? slope : near)
        // Not the float32 model by mistake.
        expect(far(key), key).toBeGreaterThan(1e-6)
      }
      expect(found.gradientPasses).toBe(true)
      // From the second step on each goes by its own border.
      expect(Math.abs(found.losses[0]! / exact.losses[0]! - 1)).toBeLessThan(near)
      for (const [part, { data }] of Object.entries(found.after)) {
        expect([...data], part).not.toEqual([...found.before[part]!.data])
      }
      const bytes = createHash('sha256').update(files[TOWERS[0]]!).digest('hex')
      expect(found.sha256).toEqual({ given: bytes, left: bytes })
    },
    120_000,
  )
})
