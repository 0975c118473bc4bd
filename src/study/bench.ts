/** What all methods of a study share on one model and task: made when it is first asked for, and only once. */
import { SPLITS, type ImageSet, type Split, type Task } from '../data/task'
import { BatchBuilder } from '../learning/batches'
import { Classifier, clipClassifier, mappedClassifier, type FrozenClassifier } from '../methods/classifier'
import type { Entry, HeadKind } from '../methods/entry'
import { ImageFeatures } from '../methods/features/image-features'
import { firstOutputs } from '../methods/label-mapping'
import type { FitOptions } from '../methods/method'
import { MOST_ROWS, rowsWithin, trainingMemory } from '../methods/training-memory'
import type { FrozenModel } from '../models/frozen-model'
import { encodeClasses } from '../models/text'
import type { Engine } from '../runtime/engine'

/** A task as its pictures' features. */
export interface EncodedTask {
  readonly features: ImageFeatures
  /** D */
  readonly width: number
  /** What encoding took: it is part of what each method on features takes. */
  readonly seconds: Readonly<Record<Split, number>>
}

/** What encoding a split took, by encoder: a bench that is opened later finds its features known, and charges for them all the same. */
const took = new WeakMap<ImageSet, Map<string, number>>()

export class StudyBench {
  #frozen: Promise<FrozenClassifier> | null = null
  #classifier: Classifier | null = null
  #encoder: Promise<ImageFeatures> | null = null
  #features: Promise<EncodedTask> | null = null

  /**
   * The engine is its opener's.
   * @param mostRows pictures of one run of a graph, at most
   */
  constructor(
    readonly engine: Engine,
    readonly model: FrozenModel,
    readonly task: Task,
    private readonly mostRows: number = MOST_ROWS,
  ) {}

  /** The model as a classifier of the task: a CLIP by the task's template, a classifier by its first outputs. */
  frozen(): Promise<FrozenClassifier> {
    return (this.#frozen ??= this.#frozenClassifier())
  }

  /** Open to a prompt, at the rows that suit batches of so many images and the memory of the engine. */
  async classifier(batchSize: number, entry: Entry = 'delta', head: HeadKind = 'fixed'): Promise<Classifier> {
    const frozen = await this.frozen()
    const shape = { ...frozen, vision: frozen.vision.outline }
    const largest = Math.max(...SPLITS.map((split) => this.task.splits[split].count))
    const activations = (rows: number) =>
      trainingMemory(shape, rows, (graph) => this.engine.reckon(graph), entry).activations
    const rows = rowsWithin(activations, Math.min(batchSize, largest, this.mostRows))
    const there = this.#classifier
    if (there?.batchSize === rows && there.entry === entry && there.head === head) {
      // A mapping of the method before may have replaced them.
      there.setClassEmbeddings(frozen.classEmbeddings)
      return there
    }
    // One at a time: each holds the encoder's weights.
    await this.#closeClassifier()
    this.#classifier = await Classifier.open(this.engine, frozen, rows, entry, head)
    return this.#classifier
  }

  /**
   * The pictures' features, for the methods that learn on them: all three splits, encoded once for all methods.
   * @param options of the first who asks; progress is told in pictures of all three
   */
  features(options: FitOptions = {}): Promise<EncodedTask> {
    return (this.#features ??= this.#encode(options).catch((error: unknown) => {
      // Interrupted is not done: the next who asks begins anew.
      this.#features = null
      throw error
    }))
  }

  /** The image tower alone, for pictures that are in no split. */
  encoder(): Promise<ImageFeatures> {
    return (this.#encoder ??= this.#openEncoder())
  }

  builder(split: Split, rows: number): BatchBuilder {
    return new BatchBuilder(this.task.splits[split], this.model, rows)
  }

  async dispose(): Promise<void> {
    await this.#closeClassifier()
    const encoder = this.#encoder
    this.#encoder = null
    this.#features = null
    await (await encoder)?.dispose()
  }

  async #closeClassifier(): Promise<void> {
    const classifier = this.#classifier
    this.#classifier = null
    await classifier?.dispose()
  }

  async #openEncoder(): Promise<ImageFeatures> {
    const { engine, model, task } = this
    const rows = Math.min(this.mostRows, Math.max(...SPLITS.map((split) => task.splits[split].count)))
    const batches = (set: ImageSet) => new BatchBuilder(set, model, rows).inOrder()
    return new ImageFeatures(engine, await this.frozen(), batches)
  }

  async #encode({ onProgress, signal }: FitOptions): Promise<EncodedTask> {
    const { task } = this
    const total = SPLITS.reduce((sum, split) => sum + task.splits[split].count, 0)
    let before = 0
    const features = await this.encoder()
    const seconds = { train: 0, val: 0, test: 0 }
    let width = 0
    for (const split of SPLITS) {
      const began = performance.now()
      const told = (done: number) => onProgress?.(before + done, total)
      ;({ width } = await features.of(task.splits[split], { onProgress: told, ...(signal && { signal }) }))
      before += task.splits[split].count
      const known = took.get(task.splits[split]) ?? new Map<string, number>()
      took.set(task.splits[split], known)
      const { sha256 } = features.encoder.vision
      seconds[split] = known.get(sha256) ?? (performance.now() - began) / 1000
      known.set(sha256, seconds[split])
    }
    return { features, width, seconds }
  }

  async #frozenClassifier(): Promise<FrozenClassifier> {
    const { engine, model, task } = this
    const names = task.classes.map(({ name }) => name)
    if (model.kind === 'classifier') return mappedClassifier(model, firstOutputs(model.outputs, names.length))
    return clipClassifier(model, names.length, await encodeClasses(engine, model, task.template, names))
  }
}
