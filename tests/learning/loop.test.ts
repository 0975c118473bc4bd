/** The loop on a tiny frozen encoder and real engines: it learns, its gradient is right, and it resumes bit for bit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_LOSS_SCALE } from '../../src/gradient/half'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import type { LoopState } from '../../src/learning/checkpoint'
import { Loop } from '../../src/learning/loop'
import { readParameters, writeParameters } from '../../src/learning/parameters'
import type { Recipe } from '../../src/learning/recipe'
import { quick } from '../../src/learning/recipes'
import { predictAll, validationOf, isBetter } from '../../src/learning/selection'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { ZeroShot } from '../../src/methods/zero-shot'
import type { Classifier } from '../../src/methods/classifier'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { createWasmEngine } from '../../src/runtime/wasm'
import { CLASSES, noise, openTiny, SIZE, tinySet } from './frozen'

const FORMAT = { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
const RECIPE: Recipe = { ...quick, steps: 20, batchSize: 10, learningRate: 0.05 }
const ENGINES = [
  ['onnxruntime-node', createNodeEngine],
  ['WASM', createWasmEngine],
] as const

interface Made {
  readonly loop: Loop
  readonly method: VisualPrompt
}

function make(classifier: Classifier, recipe = RECIPE, seed = 5, format = FORMAT): Made {
  let i = 0
  const method = new VisualPrompt(classifier, 2, () => 0.1 * noise(i++))
  const builder = new BatchBuilder(tinySet(24), format, classifier.batchSize)
  const batches = new TrainingBatches(builder, { batchSize: recipe.batchSize, maxShift: 1, seed })
  return { method, loop: new Loop({ method, batches, recipe, lossScale: classifier.lossScale, readEvery: 1 }) }
}

function free({ loop, method }: Made): void {
  loop.dispose()
  method.dispose()
}

async function advance({ loop }: Made, steps: number): Promise<number[]> {
  const losses: number[] = []
  for (let i = 0; i < steps; i++) losses.push(...(await loop.advance()).map(({ loss }) => loss))
  return losses
}

describe.each(ENGINES)('learning on %s', (_, open) => {
  let engine: Engine
  let classifier: Classifier
  beforeAll(async () => {
    engine = await open()
    classifier = await openTiny(engine, 4)
  })
  afterAll(async () => {
    await classifier.dispose()
    await engine.dispose()
  })

  it('goes on from a checkpoint bit for bit', async () => {
    const straight = make(classifier)
    const losses = await advance(straight, 20)

    const first = make(classifier)
    const firstLosses = await advance(first, 10)
    const checkpoint = structuredClone(await first.loop.save())
    free(first)
    // Another seed and other values: everything must come from the checkpoint.
    const second = make(classifier, RECIPE, 99)
    await advance(second, 1)
    second.loop.load(checkpoint)
    const secondLosses = await advance(second, 10)

    expect([...firstLosses, ...secondLosses]).toEqual(losses)
    expect(await second.loop.save()).toEqual(await straight.loop.save())
    expect(second.loop.done).toBe(true)
    free(second)
    free(straight)
  })

  it('goes on bit for bit when engine, session and all are torn down and built again from the checkpoint', async () => {
    const straight = make(classifier)
    const losses = await advance(straight, 20)
    const last = await straight.loop.save()
    free(straight)

    const pieces: number[] = []
    let checkpoint: LoopState | null = null
    for (const steps of [7, 1, 12]) {
      const another = await open()
      const its = await openTiny(another, 4)
      // Another seed: everything must come from the checkpoint.
      const made = make(its, RECIPE, checkpoint ? 99 : 5)
      if (checkpoint) made.loop.load(checkpoint)
      pieces.push(...(await advance(made, steps)))
      checkpoint = structuredClone(await made.loop.save())
      free(made)
      await its.dispose()
      await another.dispose()
    }
    expect(pieces).toEqual(losses)
    expect(checkpoint).toEqual(last)
  })

  it('saves the state of the moment while learning goes on', async () => {
    const [made, other] = [make(classifier), make(classifier)]
    await advance(made, 3)
    const saving = made.loop.save()
    await advance(made, 4)
    const saved = await saving
    await advance(other, 3)
    expect(saved).toEqual(await other.loop.save())
    for (const one of [made, other]) free(one)
  })

  it('is the same run from the same seed, another from another', async () => {
    const [a, b, c] = [make(classifier), make(classifier), make(classifier, RECIPE, 6)]
    const [la, lb, lc] = [await advance(a, 5), await advance(b, 5), await advance(c, 5)]
    expect(lb).toEqual(la)
    expect(lc).not.toEqual(la)
    for (const made of [a, b, c]) free(made)
  })

  it('learns what helps on the images it learned from', async () => {
    const made = make(classifier, { ...RECIPE, steps: 60 })
    const builder = new BatchBuilder(tinySet(24), FORMAT, 4)
    const validate = async () => {
      return validationOf(0, await predictAll(made.method, builder), builder.set.labels, CLASSES)
    }
    const before = await validate()
    await advance(made, 60)
    const after = await validate()
    expect(after.loss).toBeLessThan(0.7 * before.loss)
    expect(isBetter(after, before)).toBe(true)
    free(made)
  })

  it('pulls back the gradient that differences of the loss show, micro-batches added up', async () => {
    const { method, loop } = make(classifier)
    const builder = new BatchBuilder(tinySet(24), FORMAT, 4)
    const batches = new TrainingBatches(builder, { batchSize: 10, maxShift: 1, seed: 3 })
    const micro = batches.next()
    const lossAndGradient = async () => {
      let loss = 0
      const gradient: Record<string, Float64Array> = {}
      for (const batch of micro) {
        const part = await method.lossAndGradient(batch)
        loss += (await part.loss.data())[0]!
        for (const [name, { data }] of Object.entries(await readParameters(part.gradient))) {
          gradient[name] = (gradient[name] ?? new Float64Array(data.length)).map((sum, i) => sum + data[i]!)
        }
        tf.dispose([part.loss, { ...part.gradient }])
      }
      return { loss, gradient }
    }
    const { gradient } = await lossAndGradient()
    const start = await readParameters(method.parameters)
    for (const [name, at] of [
      ['pad_up', 3],
      ['pad_down', 40],
      ['pad_left', 1],
      ['pad_right', 11],
    ] as const) {
      const lossAt = async (by: number) => {
        const data = start[name]!.data.slice()
        data[at]! += by
        method.setParameters(writeParameters({ ...start, [name]: { ...start[name]!, data } }))
        return (await lossAndGradient()).loss
      }
      const h = 0.02
      expect(gradient[name]![at]!).toBeCloseTo(((await lossAt(h)) - (await lossAt(-h))) / (2 * h), 3)
    }
    free({ method, loop })
  })

  it('stops with a sentence when the loss is no number, and the checkpoint before it still works', async () => {
    const made = make(classifier)
    await advance(made, 3)
    const good: LoopState = await made.loop.save()
    made.method.setParameters(
      writeParameters(
        Object.fromEntries(
          Object.entries(good.parameters).map(([name, { dims, data }]) => [name, { dims, data: data.map(() => NaN) }]),
        ),
      ),
    )
    await expect(made.loop.advance()).rejects.toMatchObject({
      name: 'UserError',
      message: 'Learning stopped at step 4: the loss or its gradient is no longer a finite number.',
    })
    made.loop.load(good)
    expect(Number.isFinite((await advance(made, 1))[0])).toBe(true)
    free(made)
  })

  it('gives zero-shot exactly what a border of strength nought gives', async () => {
    const made = make(classifier)
    const builder = new BatchBuilder(tinySet(6), FORMAT, 4)
    const zeroShot = await predictAll(new ZeroShot(classifier), builder)
    expect(zeroShot).toHaveLength(6 * CLASSES)
    expect(await predictAll(made.method, builder, { strength: 0 })).toEqual(zeroShot)
    expect(await predictAll(made.method, builder)).not.toEqual(zeroShot)
    free(made)
  })

  it('reports late when told to, losing nothing', async () => {
    const made = make(classifier)
    const builder = new BatchBuilder(tinySet(24), FORMAT, 4)
    const batches = new TrainingBatches(builder, { batchSize: 10, maxShift: 1, seed: 5 })
    const late = new Loop({ method: made.method, batches, recipe: { ...RECIPE, steps: 7 }, readEvery: 3 })
    const counts: number[] = []
    const steps: number[] = []
    while (!late.done) {
      const reports = await late.advance()
      counts.push(reports.length)
      steps.push(...reports.map(({ step }) => step))
    }
    expect(counts).toEqual([0, 0, 3, 0, 0, 3, 1])
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7])
    late.dispose()
    free(made)
  })

  it('leaves no tensor behind', async () => {
    const before = engine.ledger().tfTensors
    const made = make(classifier)
    await advance(made, 4)
    made.loop.load(await made.loop.save())
    free(made)
    expect(engine.ledger().tfTensors).toBe(before)
  })
})

describe('selection', () => {
  const validation = (correct: number, loss: number) => ({
    step: 1,
    loss,
    accuracy: { correct, total: 10, top1: correct / 10, ci95: [0, 1] as const },
  })

  it('prefers more right answers, then the lower loss, then the earlier', () => {
    expect(isBetter(validation(3, 9), null)).toBe(true)
    expect(isBetter(validation(4, 9), validation(3, 1))).toBe(true)
    expect(isBetter(validation(3, 0.5), validation(3, 1))).toBe(true)
    expect(isBetter(validation(3, 1), validation(3, 1))).toBe(false)
    expect(isBetter(validation(2, 0.1), validation(3, 1))).toBe(false)
  })
})

describe('learning in half precision', () => {
  // Its backward overflows at the scale that it begins with.
  const half = { dtype: 'float16', gain: 20_000 } as const
  const format = { ...FORMAT, std: [half.gain, half.gain, half.gain] }
  const recipe = { ...RECIPE, learningRate: 1e-4 }
  let engine: Engine
  beforeAll(async () => {
    engine = await createNodeEngine()
  })
  afterAll(() => engine.dispose())

  it('goes on with the loss scale that it was saved with, and a new run begins its own', async () => {
    const first = await openTiny(engine, 4, half)
    const whole = make(first, recipe, 5, format)
    await advance(whole, 6)
    const state = await whole.loop.save()
    expect(state.lossScale!.value).toBeLessThan(DEFAULT_LOSS_SCALE)
    expect(state.lossScale!.good).toBeGreaterThan(6)
    const expected = await advance(whole, 6)
    const scale = first.lossScale!.state

    const second = await openTiny(engine, 4, half)
    const resumed = make(second, recipe, 5, format)
    resumed.loop.load(structuredClone(state))
    expect(await advance(resumed, 6)).toEqual(expected)
    expect(second.lossScale!.state).toEqual(scale)
    expect(await readParameters(resumed.method.parameters)).toEqual(await readParameters(whole.method.parameters))
    free(whole)
    free(resumed)

    free(make(second, recipe, 5, format))
    expect(second.lossScale!.state).toEqual({ value: DEFAULT_LOSS_SCALE, good: 0 })
    await first.dispose()
    await second.dispose()
  })
})
