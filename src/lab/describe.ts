/** A model, a task and its pictures as the page is told of them. */
import { SPLITS, type ImageSet, type Split, type Task } from '../data/task'
import { UserError } from '../errors'
import { GEOMETRY, PUBLISHED } from '../evaluation/published-clip'
import { chosenOutputs, firstOutputs, type LabelMapping } from '../methods/label-mapping'
import { canCheck } from '../methods/self-check'
import type { TensorFacts } from '../models/capability'
import { modelTitle } from '../models/catalogue'
import { graphsOf, modelBytes, type FrozenModel } from '../models/frozen-model'
import { elementCount } from '../onnx/model'
import { BYTES_PER_ELEMENT } from '../onnx/tensor'
import type { OpenedSource } from './models'
import type { MappingInfo, ModelInfo, PictureInfo, TaskInfo } from './protocol'

/** @param about what is known of it besides its files; its title, where they name it better than its folder does */
export function modelInfo({ title, ...about }: OpenedSource['about'], model: FrozenModel): ModelInfo {
  const { kind, name, imageSize, mean, std, sha256 } = model
  const labels = model.kind === 'classifier' ? model.labels : null
  const bytes = modelBytes(model)
  const checks = PUBLISHED.filter(
    (one) => model.kind === 'clip' && canCheck(model, { cases: [one], geometry: GEOMETRY }),
  )
  return {
    ...{ ...about, kind, name, title: title ?? modelTitle(name), imageSize, mean, std, sha256, labels, bytes },
    checks: checks.map(({ image, source }) => ({ picture: image.name, source })),
  }
}

/** What decides whether a device can hold a model. */
export function tensorFacts(model: FrozenModel): TensorFacts {
  const tensors = graphsOf(model).flatMap(({ outline }) => [...outline.graph.initializers.values()])
  return {
    largestTensorBytes: Math.max(0, ...tensors.map(({ dims, dtype }) => elementCount(dims) * BYTES_PER_ELEMENT[dtype])),
    halfPrecision: tensors.some(({ dtype }) => dtype === 'float16'),
  }
}

/** How a classifier's outputs stand for the classes; null for a CLIP, which reads their names. */
export function mappingOf(model: FrozenModel, task: Task, outputs: readonly number[] | undefined): LabelMapping | null {
  if (model.kind === 'classifier') {
    const classes = task.classes.length
    return outputs ? chosenOutputs(model.outputs, classes, outputs) : firstOutputs(model.outputs, classes)
  }
  if (outputs === undefined) return null
  throw new UserError(
    `"${model.name}" is a CLIP, which reads the names of the classes: it has no outputs to choose from.`,
    'Leave the outputs out, or take a classifier.',
  )
}

export function mappingInfo(model: FrozenModel, mapping: LabelMapping | null): MappingInfo | null {
  if (model.kind === 'clip' || mapping === null) return null
  const { kind, outputs } = mapping
  return { kind, outputs, labels: outputs.map((k) => model.labels[k]!) }
}

export function taskInfo(task: Task): TaskInfo {
  const { splits, ...rest } = task
  const counts = Object.fromEntries(
    SPLITS.map((split) => {
      const perClass = task.classes.map(() => 0)
      for (const label of splits[split].labels) perClass[label]!++
      return [split, perClass]
    }),
  ) as Record<Split, number[]>
  return { ...rest, counts }
}

/** @param imageSize S, pixels */
export function pictureOf(set: ImageSet, split: Split, index: number, imageSize: number): PictureInfo {
  if (!(index >= 0 && index < set.count)) throw new RangeError(`there is no image ${index} in the ${split} split`)
  // Its own bytes: they are given away to the page.
  const pixels = new Uint8Array(3 * imageSize * imageSize)
  set.read(index, pixels)
  return { split, index, path: set.paths[index]!, label: set.labels[index]!, pixels }
}
