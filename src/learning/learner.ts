/**
 * What of a run lives on one device: the frozen classifier, the prompt that is learned on it, and the loop. When the device
 * is lost another learner is made on the next one and given the last checkpoint.
 */
import { Random } from '../data/random'
import type { ImageSet, Task } from '../data/task'
import { BatchBuilder, TrainingBatches, type PixelFormat } from './batches'
import type { LoopState } from './checkpoint'
import { Loop } from './loop'
import { writeParameters } from './parameters'
import { borderWidth, type Recipe } from './recipe'
import type { Classifier } from '../methods/classifier'
import type { NamedTensors } from '../methods/method'
import { VisualPrompt } from '../methods/visual-prompt'
import { ZeroShot } from '../methods/zero-shot'
import type { EngineKind } from '../runtime/engine'
import { settlesWithin } from '../runtime/time-limit'

export interface LearnerOptions {
  readonly task: Task
  readonly format: PixelFormat
  readonly recipe: Recipe
  readonly seed: number
  readonly engine: EngineKind
}

/** On WebGPU reading a loss waits for the whole queue; elsewhere it is there already. */
const READ_EVERY = { webgpu: 10, wasm: 1, 'node-cpu': 1 } as const

/** So long a reading from a lost device is waited for, ms. */
const READ_MS = 5000

export class Learner {
  readonly method: VisualPrompt
  readonly zeroShot: ZeroShot
  readonly loop: Loop
  #saving: Promise<LoopState> | null = null

  /** Before anything is learned. The classifier is its opener's. */
  constructor(
    readonly classifier: Classifier,
    private readonly options: LearnerOptions,
  ) {
    const { recipe, seed, task } = options
    const { imageSize } = classifier.frozen
    // Streams of their own, so that the noise drawn for the border moves neither order nor shifts.
    const seeds = new Random(seed)
    const [initSeed, dataSeed] = [seeds.uint32(), seeds.uint32()]
    const init = new Random(initSeed)
    const draw = recipe.init === 'zero' ? () => 0 : () => init.normal()
    this.method = new VisualPrompt(classifier, borderWidth(recipe, imageSize), draw)
    this.zeroShot = new ZeroShot(classifier)
    const batches = new TrainingBatches(this.builder(task.splits.train), {
      batchSize: recipe.batchSize,
      maxShift: Math.round(recipe.shiftFraction * imageSize),
      seed: dataSeed,
    })
    const readEvery = READ_EVERY[options.engine]
    this.loop = new Loop({ method: this.method, batches, recipe, lossScale: classifier.lossScale, readEvery })
  }

  /** Batches of a split, each as many rows as the graph has now. */
  builder(set: ImageSet): BatchBuilder {
    return new BatchBuilder(set, this.options.format, this.classifier.batchSize)
  }

  /** Does something with the method as it was with other parameters; what is being learned stays as it is. */
  async past<R>(parameters: NamedTensors, work: (method: VisualPrompt) => Promise<R>): Promise<R> {
    const { recipe } = this.options
    const method = new VisualPrompt(this.classifier, borderWidth(recipe, this.classifier.frozen.imageSize), () => 0)
    try {
      method.setParameters(writeParameters(parameters))
      return await work(method)
    } finally {
      method.dispose()
    }
  }

  /** Reads the loop's state; null while an earlier reading is under way. Learning may go on meanwhile. */
  save(): Promise<LoopState> | null {
    if (this.#saving) return null
    const saving = this.loop.save().finally(() => (this.#saving = null))
    this.#saving = saving
    return saving
  }

  /** Frees what is the learner's own, on whatever is left of its device. */
  async dispose(): Promise<void> {
    if (this.#saving) await settlesWithin(READ_MS, this.#saving)
    this.loop.dispose()
    this.method.dispose()
  }
}
