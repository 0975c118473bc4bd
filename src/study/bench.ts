/** What all methods of a study share on one model and task: made when it is first asked for, and only once. */
import { SPLITS, type Split, type Task } from '../data/task'
import { BatchBuilder } from '../learning/batches'
import { Classifier, clipClassifier, mappedClassifier, type FrozenClassifier } from '../methods/classifier'
import { firstOutputs } from '../methods/label-mapping'
import { MOST_ROWS, rowsWithin, trainingMemory } from '../methods/training-memory'
import type { FrozenModel } from '../models/frozen-model'
import { encodeClasses } from '../models/text'
import type { Engine } from '../runtime/engine'

export class StudyBench {
  #frozen: Promise<FrozenClassifier> | null = null
  #classifier: Classifier | null = null

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
  async classifier(batchSize: number): Promise<Classifier> {
    const frozen = await this.frozen()
    const shape = { ...frozen, vision: frozen.vision.outline }
    const largest = Math.max(...SPLITS.map((split) => this.task.splits[split].count))
    const activations = (rows: number) => trainingMemory(shape, rows, (graph) => this.engine.reckon(graph)).activations
    const rows = rowsWithin(activations, Math.min(batchSize, largest, MOST_ROWS))
    if (this.#classifier?.batchSize === rows) return this.#classifier
    // One at a time: each holds the encoder's weights.
    await this.dispose()
    this.#classifier = await Classifier.open(this.engine, frozen, rows)
    return this.#classifier
  }

  builder(split: Split, rows: number): BatchBuilder {
    return new BatchBuilder(this.task.splits[split], this.model, rows)
  }

  async dispose(): Promise<void> {
    const classifier = this.#classifier
    this.#classifier = null
    await classifier?.dispose()
  }

  async #frozenClassifier(): Promise<FrozenClassifier> {
    const { engine, model, task } = this
    const names = task.classes.map(({ name }) => name)
    if (model.kind === 'classifier') return mappedClassifier(model, firstOutputs(model.outputs, names.length))
    return clipClassifier(model, names.length, await encodeClasses(engine, model, task.template, names))
  }
}
