/**
 * Output mapping of a learned run: from what the encoder gives of the training pictures to the matrix [D,C] that the frozen
 * graph multiplies with. Two kinds of outputs there are to map from:
 *
 *   a classifier      its K = D logits, z = f                       the matrix is M itself
 *   a CLIP            its K texts (81 templates x C names, ILM-VP), z = unit(f) E       the matrix is E M, E [D,K]
 *
 * Legend: N pictures, D width of the encoder's output f, K outputs, C classes.
 */
import { Random } from '../data/random'
import { UserError } from '../errors'
import type { Clip } from '../models/clip'
import { encodeTemplates } from '../models/class-embeddings'
import type { FrozenModel } from '../models/frozen-model'
import type { Engine } from '../runtime/engine'
import { said } from '../sentence'
import { normalisedRows } from './features/image-features'
import { linearLogits } from './features/linear-logits'
import { bayesianMapping, bayesianPlusMapping, frequencyMapping, type MappingExamples } from './fitted-mapping'
import { chosenOutputs, firstOutputs } from './label-mapping'
import type { OutputMappingSettings } from './output-mapping-settings'
import { mappedEmbeddings, MAPPING_TEMPLATES } from './text-mapping'

/** What a mapping chooses from. */
export interface MappedOutputs {
  /** K */
  readonly count: number
  /** Of a classifier, [K]; null for texts. */
  readonly labels: readonly string[] | null
  /** E, float32 [D,K], unit-norm columns times exp(logit_scale); null where the encoder's output is z already. */
  readonly embeddings: Float32Array | null
}

/** @param names of the classes, as the templates take them */
export async function outputsOf(engine: Engine, model: FrozenModel, names: readonly string[]): Promise<MappedOutputs> {
  if (model.kind === 'classifier') return { count: model.outputs, labels: model.labels, embeddings: null }
  return { count: MAPPING_TEMPLATES.length * names.length, labels: null, embeddings: await texts(engine, model, names) }
}

/** E [D,81 C], template by template. */
async function texts(engine: Engine, clip: Clip, names: readonly string[]): Promise<Float32Array> {
  const matrices = await encodeTemplates(engine, clip, MAPPING_TEMPLATES, names)
  const [D, C, K] = [clip.projectionDim, names.length, MAPPING_TEMPLATES.length * names.length]
  const all = new Float32Array(D * K)
  matrices.forEach((matrix, t) => {
    for (let d = 0; d < D; d++) all.set(matrix.subarray(d * C, (d + 1) * C), d * K + t * C)
  })
  return all
}

export interface MappingTask {
  readonly outputs: MappedOutputs
  /** Of each class, in order. */
  readonly folders: readonly string[]
  /** The frozen classifier's own, float32 [D,C]: texts of the task's template, or the first outputs. */
  readonly classEmbeddings: Float32Array
  /** Of `random`. */
  readonly seed: number
}

/** The matrix of a mapping that needs no picture, float32 [D,C]; null for those that are found or learned. */
export function hardCodedMatrix(
  settings: OutputMappingSettings,
  { outputs, folders, classEmbeddings, seed }: MappingTask,
): Float32Array | null {
  const [K, C] = [outputs.count, folders.length]
  const chosen = (of: readonly number[]) => matrixOf(outputs, chosenOutputs(K, C, of))
  switch (settings.kind) {
    case 'first':
      return matrixOf(outputs, firstOutputs(K, C))
    case 'random':
      // Throws where there are too few to draw from.
      firstOutputs(K, C)
      return chosen([...new Random(seed).permutation(K).subarray(0, C)])
    case 'chosen':
      return chosen(folders.map((folder) => outputNamed(settings.outputs, folder, outputs)))
    case 'swapped':
      return movedColumns(classEmbeddings, C)
    default:
      return null
  }
}

/**
 * The matrix that the training pictures' answers call for, float32 [D,C].
 * @param encoded what the encoder gives of them, float32 [N,D] @param labels class of each
 * @throws UserError where there are fewer outputs than the mapping needs
 */
export async function foundMatrix(
  settings: Extract<OutputMappingSettings, { kind: 'frequency' | 'iterative' | 'bayesian' | 'bayesian-plus' }>,
  outputs: MappedOutputs,
  encoded: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): Promise<Float32Array> {
  const logits = await outputLogits(outputs, encoded)
  const examples: MappingExamples = { logits, outputs: outputs.count, labels, classes }
  switch (settings.kind) {
    case 'frequency':
    case 'iterative':
      return matrixOf(outputs, frequencyMapping(examples, settings.perClass ?? 1))
    case 'bayesian':
      return matrixOf(outputs, bayesianMapping(examples))
    case 'bayesian-plus':
      return matrixOf(outputs, bayesianPlusMapping(examples))
  }
}

/** z, float32 [N,K]. @param encoded f, float32 [N,D] */
export async function outputLogits({ count, embeddings }: MappedOutputs, encoded: Float32Array): Promise<Float32Array> {
  if (embeddings === null) return encoded
  const unit = normalisedRows(encoded, embeddings.length / count)
  return linearLogits({ weights: embeddings, bias: new Float32Array(count) }, unit)
}

const matrixOf = (
  { embeddings }: MappedOutputs,
  mapping: { readonly outputs: readonly number[]; readonly matrix: Float32Array },
): Float32Array => (embeddings === null ? mapping.matrix : mappedEmbeddings(embeddings, mapping))

/** Column c becomes what was column c + 1, the last one what was the first. */
function movedColumns(matrix: Float32Array, C: number): Float32Array {
  return matrix.map((_, at) => matrix[at - (at % C) + ((at + 1) % C)]!)
}

function outputNamed(
  named: Readonly<Record<string, string | number>>,
  folder: string,
  { labels }: MappedOutputs,
): number {
  const output = named[folder]
  if (output === undefined) {
    throw new UserError(said`The mapping names no output for the class "${folder}".`, 'Name one for every class.')
  }
  if (typeof output === 'number') return output
  const found = labels?.indexOf(output) ?? -1
  if (found >= 0) return found
  throw new UserError(
    said`The model has no output called "${output}", which the mapping names for "${folder}".`,
    'Name an output as the model’s list of labels does, or by its number from 0.',
  )
}
