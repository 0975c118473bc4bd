/** What all methods of a study share on one model and task: made when it is first asked for, and only once. */
import { SPLITS, type ImageSet, type Split, type Task } from '../data/task'
import { BatchBuilder } from '../learning/batches'
import { Classifier, clipClassifier, mappedClassifier, type FrozenClassifier } from '../methods/classifier'
import type { Entry } from '../methods/entry'
import { ImageFeatures } from '../methods/features/image-features'
import { firstOutputs } from '../methods/label-mapping'
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

export class StudyBench {
  #frozen: Promise<FrozenClassifier> | null = null
  #classifier: Classifier | null = null
  #encoder: Promise<ImageFeatures> | null = null
  #features: Promise<EncodedTask> | null = null

  /** The engine is its opener's. */
  constructor(
    readonly engine: Engine,
    readonly model: FrozenModel,
    readonly task: Task,
  ) {}

  /** The model as a classifier of the task: a CLIP by the task's template, a classifier by its first outputs. */
  frozen(): Promise<FrozenClassifier> {
    return (this.#frozen ??= this.#frozenClassifier())
  }

  /** Open to a prompt, at the rows that suit batches of so many images and the memory of the engine. */
  async classifier(batchSize: number, entry: Entry = 'delta'): Promise<Classifier> {
    const frozen = await this.frozen()
    const shape = { ...frozen, vision: frozen.vision.outline }
    const largest = Math.max(...SPLITS.map((split) => this.task.splits[split].count))
    const activations = (rows: number) =>
      trainingMemory(shape, rows, (graph) => this.engine.reckon(graph), entry).activations
    const rows = rowsWithin(activations, Math.min(batchSize, largest, MOST_ROWS))
    if (this.#classifier?.batchSize === rows && this.#classifier.entry === entry) return this.#classifier
    // One at a time: each holds the encoder's weights.
    await this.#closeClassifier()
    this.#classifier = await Classifier.open(this.engine, frozen, rows, entry)
    return this.#classifier
  }

  /** The pictures' features, for the methods that learn on them: all three splits, encoded once for all methods. */
  features(): Promise<EncodedTask> {
    return (this.#features ??= this.#encode())
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
    const rows = Math.min(MOST_ROWS, Math.max(...SPLITS.map((split) => task.splits[split].count)))
    const batches = (set: ImageSet) => new BatchBuilder(set, model, rows).inOrder()
    return new ImageFeatures(engine, await this.frozen(), batches)
  }

  async #encode(): Promise<EncodedTask> {
    const { task } = this
    const features = await this.encoder()
    const seconds = { train: 0, val: 0, test: 0 }
    let width = 0
    for (const split of SPLITS) {
      const began = performance.now()
      ;({ width } = await features.of(task.splits[split]))
      seconds[split] = (performance.now() - began) / 1000
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
