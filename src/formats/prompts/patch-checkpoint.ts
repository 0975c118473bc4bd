/**
 * The checkpoint of Bahng et al. 2022 (utils.py `save_checkpoint`) of `fixed_patch` and `random_patch`, both ways:
 *
 *   { epoch, state_dict: OrderedDict(patch [1,3,p,p]), best_acc1, optimizer: SGD state }
 *
 * Normalised pixel units, as our own in space `after`. The file does not say which of the two it is, nor the image's side;
 * a fixed patch lies at the top left there.
 */
import type { NamedTensors } from '../../methods/method'
import type { BahngOptions } from '../bahng-checkpoint'
import { said } from '../../sentence'
import { readTorch } from '../torch-zip/read'
import { sgdState, velocityOf } from '../torch-zip/sgd'
import { finite } from '../torch-zip/tensors'
import { fieldOf } from '../torch-zip/values'
import { PythonFloat, PythonOrderedDict, writeTorch, type Picklable } from '../torch-zip/write'
import { tensorIn, unlike } from './read-prompt'

const NAMES = ['patch'] as const

export interface PatchCheckpoint {
  /** p, pixels. */
  readonly side: number
  /** patch [1,3,p,p] */
  readonly parameters: NamedTensors
  /** Shaped as the parameters; null where the file has none. */
  readonly velocity: NamedTensors | null
  readonly epoch: number | null
  /** The authors' `best_acc1`, percent, chosen on the test split by their code. */
  readonly bestAccuracy: number | null
}

/** @param name what the file is called, for people @throws UserError */
export function readPatch(name: string, bytes: Uint8Array): PatchCheckpoint {
  const saved = readTorch(name, bytes)
  const patch = tensorIn(name, fieldOf(saved, 'state_dict') ?? saved, ['patch', 'module.patch'], [1, 3, null, null])
  const [, , side = 0, across] = patch.dims
  if (side !== across || side < 1) throw unlike(name, said`its patch is [${patch.dims.join(',')}], not square`)
  const parameters = { patch }
  return {
    ...{ side, parameters },
    velocity: velocityOf(fieldOf(fieldOf(saved, 'optimizer'), 'state'), NAMES, parameters),
    epoch: finite(fieldOf(saved, 'epoch')),
    bestAccuracy: finite(fieldOf(saved, 'best_acc1')),
  }
}

/** @param parameters patch [1,3,p,p], normalised units */
export function writePatch(parameters: NamedTensors, options: BahngOptions): Uint8Array {
  const { epoch, bestAccuracy, learningRate, momentum, optimiser } = options
  if (!parameters.patch) throw new Error('patch is missing')
  return writeTorch(
    new Map<string, Picklable>([
      ['epoch', epoch],
      ['state_dict', new PythonOrderedDict([['patch', parameters.patch]])],
      ['best_acc1', new PythonFloat(bestAccuracy)],
      ['optimizer', sgdState(NAMES, optimiser?.slots.velocity ?? null, learningRate, momentum)],
    ]),
  )
}
