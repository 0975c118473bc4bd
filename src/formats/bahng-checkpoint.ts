/**
 * The checkpoint of Bahng et al. 2022 (hjbahng/visual_prompting, utils.py `save_checkpoint`), both ways:
 *
 *   { epoch: int, state_dict: OrderedDict(pad_up, pad_down, pad_left, pad_right), best_acc1: float, optimizer: SGD state }
 *
 * pad_up, pad_down [1,3,p,S]; pad_left, pad_right [1,3,S-2p,p]; float32, normalised pixel units, as our own. A patch prompt
 * of that code has `patch` [1,3,p,p] instead. The momentum is torch.optim.SGD's `momentum_buffer`, parameter by parameter
 * in the order above.
 */
import { UserError } from '../errors'
import type { SavedOptimiser } from '../learning/optimiser'
import type { NamedTensors } from '../methods/method'
import { PADDING_NAMES, paddingShapes, type PaddingGeometry } from '../prompts/padding-shapes'
import { said } from '../sentence'
import { readTorch } from './torch-zip/read'
import { sgdState, velocityOf } from './torch-zip/sgd'
import { finite, hostTensor, tensorsOf } from './torch-zip/tensors'
import { fieldOf, TorchTensor } from './torch-zip/values'
import { PythonFloat, PythonOrderedDict, writeTorch, type Picklable } from './torch-zip/write'

export interface BahngCheckpoint {
  readonly geometry: PaddingGeometry
  /** The four tensors, by the names of the `state_dict`. */
  readonly parameters: NamedTensors
  /** Shaped as the parameters; null where the file has none, or not for all four. */
  readonly velocity: NamedTensors | null
  /** null where the file does not say. */
  readonly epoch: number | null
  /** The authors' `best_acc1`, percent, chosen on the test split by their code; null where the file does not say. */
  readonly bestAccuracy: number | null
  /** Learning rate that the optimiser stood at; null where the file does not say. */
  readonly learningRate: number | null
}

export interface BahngOptions {
  /** Epochs done. */
  readonly epoch: number
  /** Percent. */
  readonly bestAccuracy: number
  /** Rate at the last step. */
  readonly learningRate: number
  readonly momentum: number
  /** State of our own SGD, whose velocity is their momentum buffer; null leaves the state empty, as before the first step. */
  readonly optimiser: SavedOptimiser | null
}

/**
 * Reads a padding prompt: the authors' checkpoint, its `state_dict` alone, or the same of DAM-VP.
 * @param name what the file is called, for people
 * @throws UserError
 */
export function readBahng(name: string, bytes: Uint8Array): BahngCheckpoint {
  const saved = readTorch(name, bytes)
  const inner = fieldOf(saved, 'state_dict') ?? saved
  const tensors = tensorsOf(inner)
  const prefix = [...tensors.keys()].every((key) => key.startsWith('module.')) ? 'module.' : ''
  const parameters = PADDING_NAMES.map((key) => [key, tensors.get(prefix + key)] as const)
  const missing = parameters.find(([, tensor]) => tensor === undefined)
  if (missing) throw lacking(name, missing[0], [...tensors.keys()])
  const named: NamedTensors = Object.fromEntries(parameters.map(([key, tensor]) => [key, hostTensor(tensor!)]))
  const geometry = geometryOf(name, named)
  const [optimiser, epoch, best] = ['optimizer', 'epoch', 'best_acc1'].map((key) => fieldOf(saved, key))
  const groups = fieldOf(optimiser, 'param_groups')
  return {
    geometry,
    parameters: named,
    velocity: velocityOf(fieldOf(optimiser, 'state'), PADDING_NAMES, named),
    epoch: finite(epoch),
    bestAccuracy: best instanceof TorchTensor && best.elements === 1 ? best.read().values[0]! : finite(best),
    learningRate: Array.isArray(groups) ? finite(fieldOf(groups[0], 'lr')) : null,
  }
}

function lacking(name: string, key: string, keys: readonly string[]): UserError {
  if (keys.includes('patch')) {
    return new UserError(
      said`"${name}" holds a patch, and not a border.`,
      'Only prompts of the method "padding" can be opened here; learn one with --method padding.',
    )
  }
  const found = keys.length === 0 ? said`no tensors` : said`only ${keys.slice(0, 4).join(', ').slice(0, 120)}`
  return new UserError(
    said`"${name}" is not a border of the visual-prompting code: it lacks ${key}, and has ${found}.`,
    'Choose a checkpoint of that code (checkpoint.pth.tar or model_best.pth.tar, method "padding").',
  )
}

/** p and S from the shapes, which must fit each other. */
function geometryOf(name: string, parameters: NamedTensors): PaddingGeometry {
  const [, , width = 0, imageSize = 0] = parameters.pad_up!.dims
  const fits = width >= 1 && 2 * width < imageSize
  const shapes = fits ? paddingShapes({ imageSize, width }) : null
  for (const key of PADDING_NAMES) {
    const dims = parameters[key]!.dims.join(',')
    if (shapes?.[key].join(',') === dims) continue
    throw new UserError(
      said`"${name}" is not a border of a square image: its ${key} is [${dims.slice(0, 60)}].`,
      'Choose a checkpoint of the visual-prompting code, method "padding".',
    )
  }
  const broken = PADDING_NAMES.find((key) => !parameters[key]!.data.every((value) => Number.isFinite(value)))
  if (broken === undefined) return { imageSize, width }
  throw new UserError(
    said`The border in "${name}" is not made of numbers: its ${broken} holds NaN or infinity.`,
    'Its learning went wrong; choose an earlier checkpoint, such as model_best.pth.tar.',
  )
}

/**
 * The file that the authors' `--resume` and `torch.load(path)['state_dict']` take.
 * @throws Error where the parameters are not those of a border
 */
export function writeBahng(parameters: NamedTensors, options: BahngOptions): Uint8Array {
  for (const key of PADDING_NAMES) if (!parameters[key]) throw new Error(`${key} is missing`)
  const { epoch, bestAccuracy, learningRate, momentum, optimiser } = options
  return writeTorch(
    new Map<string, Picklable>([
      ['epoch', epoch],
      ['state_dict', new PythonOrderedDict(PADDING_NAMES.map((key) => [key, parameters[key]!]))],
      ['best_acc1', new PythonFloat(bestAccuracy)],
      ['optimizer', sgdState(PADDING_NAMES, optimiser?.slots.velocity ?? null, learningRate, momentum)],
    ]),
  )
}
