/**
 * Learning on devices that are destroyed in the middle of a step. The smallest method that goes through both engines:
 * pixels and a sum of parameters through ONNX Runtime, whose loss is sum (x - target)^2 / B. A software GPU compiles each
 * kernel anew on each device, so there are as few as can be.
 */
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import type { LoopState } from '../../src/learning/checkpoint'
import { Loop } from '../../src/learning/loop'
import { quick } from '../../src/learning/recipes'
import { Recovery } from '../../src/lab/recovery'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from '../../src/methods/method'
import { GraphBuilder } from '../../src/onnx/builder'
import { encodeModel } from '../../src/onnx/write'
import type { Engine, Session } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'
import { SIZE, tinySet } from '../../tests/learning/frozen'

const ROWS = 4
const SHAPE = [ROWS, 3, SIZE, SIZE] as const
const TARGET = 0.25

/** loss = sum of (x - target)^2 times 1/B, gradient = 2/B (x - target). */
function squares(): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', SHAPE)
  const off = b.sub(x, b.scalar(TARGET, x))
  const scaled = b.op('Mul', [off, b.scalar(2 / ROWS, x)], {}, 'd_x')
  b.op('ReduceSum', [b.mul(off, off), b.indices([0, 1, 2, 3])], {}, 'loss')
  return encodeModel(b.toModel(['loss', scaled]))
}

class Shift implements LearnableMethod {
  readonly id = 'shift'
  readonly parameterCount = 3 * SIZE * SIZE
  parameters: ParameterSet = { shift: tf.zeros([1, 3, SIZE, SIZE]) }

  constructor(private readonly session: Session) {}

  setParameters(next: ParameterSet): void {
    tf.dispose({ ...this.parameters })
    this.parameters = next
  }

  async lossAndGradient({ pixels }: Batch): Promise<LossAndGradient> {
    const x = tf.tidy(() => tf.add(tf.tensor4d(pixels, [...SHAPE]), this.parameters.shift!))
    try {
      return await this.session.run({ x }, ({ loss, d_x }) => ({
        ...tf.tidy(() => ({ loss: tf.mul(tf.reshape(loss!, []), 1), gradient: { shift: tf.sum(d_x!, 0, true) } })),
        correct: null,
      }))
    } finally {
      x.dispose()
    }
  }

  async predict(): Promise<Float32Array> {
    throw new Error('this method has no classes')
  }

  dispose(): void {
    tf.dispose({ ...this.parameters })
  }
}

interface Life {
  readonly engine: Engine
  readonly session: Session
  readonly method: Shift
  readonly loop: Loop
}

export interface LearnedThrough {
  readonly losses: number
  /** Attempt in a row of each rebuild. */
  readonly attempts: readonly number[]
  readonly curve: readonly number[]
  readonly shift: readonly number[]
}

/**
 * @param open opens an engine; whoever gave it a device closes it in `close`
 * @param breakAt destroys the device with the so-many-th submit from now on
 */
export async function learnThrough(
  losses: number,
  device: { open(): Promise<Engine>; close(): Promise<void>; breakAt(submit: number): void; broken(): number },
): Promise<LearnedThrough> {
  const optimiser = { kind: 'sgd', momentum: 0.9, normaliseGradient: false } as const
  const recipe = { ...quick, optimiser, steps: 30, batchSize: ROWS, learningRate: 0.02, warmupSteps: 3 }
  const attempts: number[] = []
  const curve: number[] = []
  let latest: LoopState | null = null
  const free = async ({ loop, method, session }: Life) => {
    loop.dispose()
    method.dispose()
    await session.dispose()
    await device.close()
  }
  let engine: Engine | null = null
  const recovery: Recovery<Life> = new Recovery<Life>({
    rows: ROWS,
    waitMs: [0],
    async make() {
      engine = await device.open()
      const session = await engine.createSession(squares())
      const method = new Shift(session)
      const builder = new BatchBuilder(
        tinySet(14),
        { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
        ROWS,
      )
      const batches = new TrainingBatches(builder, { batchSize: ROWS, maxShift: 1, seed: 5 })
      const loop = new Loop({ method, batches, recipe, readEvery: 1 })
      if (latest) loop.load(latest)
      return { engine, session, method, loop }
    },
    free,
    faultOf: async (error) => engine!.faultOf(error),
    onRebuilding: ({ attempt }) => attempts.push(attempt),
    onEnd: () => undefined,
    abandoned: () => false,
  })
  let step = 0
  while (step < recipe.steps) {
    step = await recovery.run(async ({ loop }) => {
      const [report] = await loop.advance()
      latest = await loop.save()
      curve[report!.step - 1] = report!.loss
      recovery.progress()
      // In the middle of the next step: before, in or after its run, or while its loss is read.
      if (device.broken() < losses) device.breakAt(1 + (device.broken() % 4))
      return loop.step
    })
  }
  const shift = [...latest!.parameters.shift!.data]
  await recovery.dispose()
  return { losses: device.broken(), attempts, curve, shift }
}
