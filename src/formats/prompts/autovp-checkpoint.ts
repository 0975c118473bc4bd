/**
 * The checkpoint of AutoVP (Tsao et al. 2024, auto_vp/training_process.py), both ways:
 *
 *   { pretrained_model, resize_dict: OrderedDict(scale []) or empty, perturb_dict: OrderedDict(delta [3,S,S]),
 *     outmap_dict: OrderedDict(layers.weight [C,K], layers.bias [C]), output_mapping: list of lists or None, mapping_method,
 *     freq_check, optimizer_dict, init_scale }
 *
 * Other models: pad(x) + sigmoid(delta) * mask, then normalised: our `frame` in space `sigmoid`, exact. CLIP: raw delta, and
 * the sum is given to it without being normalised. No frame here does that to pictures, so that delta on CLIP has no exact
 * equal; as a `frame` in space `before` it has its pixels and another picture within.
 */
import type { NamedTensor, NamedTensors } from '../../methods/method'
import { readTorch } from '../torch-zip/read'
import { finite, hostTensor, tensorsOf } from '../torch-zip/tensors'
import { fieldOf, type PickleValue } from '../torch-zip/values'
import { PythonFloat, PythonOrderedDict, writeTorch, type Picklable } from '../torch-zip/write'
import { imageIn } from './read-prompt'

export interface AutoVpCheckpoint {
  /** S */
  readonly imageSize: number
  /** Their name of it, such as "clip"; null where the file does not say. */
  readonly pretrainedModel: string | null
  /** [3,S,S] */
  readonly delta: NamedTensor
  /** Learned scale of the picture; null where it was not learned. */
  readonly scale: number | null
  /** Scale that learning started from; their picture is 128 pixels times it. null where the file does not say. */
  readonly initScale: number | null
  readonly mappingMethod: string | null
  /** Outputs of each class, of mappings that select; null elsewhere. */
  readonly outputMapping: readonly (readonly number[])[] | null
  /** The linear layer: layers.weight [C,K], layers.bias [C]. It is in every file, and used by "fully_connected_layer_mapping". */
  readonly layers: NamedTensors
}

/** @param name what the file is called, for people @throws UserError */
export function readAutoVp(name: string, bytes: Uint8Array): AutoVpCheckpoint {
  const saved = readTorch(name, bytes)
  const delta = imageIn(name, fieldOf(saved, 'perturb_dict') ?? saved, 'delta')
  const scale = tensorsOf(fieldOf(saved, 'resize_dict')).get('scale')
  const layers = [...tensorsOf(fieldOf(saved, 'outmap_dict'))].map(
    ([key, tensor]) => [key, hostTensor(tensor)] as const,
  )
  return {
    imageSize: delta.dims[1]!,
    pretrainedModel: text(fieldOf(saved, 'pretrained_model')),
    delta,
    scale: scale?.elements === 1 ? scale.read().values[0]! : null,
    initScale: finite(fieldOf(saved, 'init_scale')),
    mappingMethod: text(fieldOf(saved, 'mapping_method')),
    outputMapping: selections(fieldOf(saved, 'output_mapping')),
    layers: Object.fromEntries(layers),
  }
}

const text = (value: PickleValue | undefined) => (typeof value === 'string' ? value : null)

function selections(value: PickleValue | undefined): number[][] | null {
  if (!Array.isArray(value)) return null
  const lists = value.map((list) => (Array.isArray(list) ? list.filter((n) => typeof n === 'number') : []))
  return lists.length > 0 ? lists : null
}

/** As our frame, `program` [1,3,S,S]: see above for where that is exact. */
export const frameOfAutoVp = ({ delta: { dims, data } }: AutoVpCheckpoint): NamedTensors => ({
  program: { dims: [1, ...dims], data },
})

/** Without their optimiser's state, which their code does not read back. */
export function writeAutoVp(checkpoint: Omit<AutoVpCheckpoint, 'imageSize'>): Uint8Array {
  const { pretrainedModel, delta, scale, initScale, mappingMethod, outputMapping, layers } = checkpoint
  const resize = scale === null ? [] : ([['scale', { dims: [], data: Float32Array.of(scale) }]] as const)
  return writeTorch(
    new Map<string, Picklable>([
      ['pretrained_model', pretrainedModel],
      ['resize_dict', new PythonOrderedDict(resize)],
      ['perturb_dict', new PythonOrderedDict([['delta', delta]])],
      ['outmap_dict', new PythonOrderedDict(Object.entries(layers))],
      ['output_mapping', outputMapping],
      ['mapping_method', mappingMethod],
      ['freq_check', mappingMethod === 'frequency_based_mapping'],
      ['init_scale', initScale === null ? null : new PythonFloat(initScale)],
    ]),
  )
}
