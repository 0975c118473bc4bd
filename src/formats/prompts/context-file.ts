/**
 * Contexts of CoOp and CoCoOp (Zhou et al. 2022, 2022b), both ways: the checkpoint of their code as Dassl saves it
 * (prompt_learner/model.pth.tar-<epoch>; dassl/engine/trainer.py `save_model`), and safetensors of the same names.
 *
 *   { state_dict: OrderedDict(ctx, token_prefix [C,1,W], token_suffix [C,*,W]), epoch, optimizer, scheduler, val_result }
 *
 *   CoOp     ctx [M,W], or [C,M,W] where each class has its own
 *   CoCoOp   ctx [M,W], meta_net.linear1.weight [H,D], .bias [H], meta_net.linear2.weight [W,H], .bias [W]
 *
 * token_prefix and token_suffix are the embeddings of the class names learned on. Their loader drops them, so that a context
 * serves other names; here they are neither read nor written. The checkpoint does not say where the class name stands (their
 * config does); our safetensors do. Contexts in half precision, their default, become float32 without change of a value.
 */
import type { NamedTensor, NamedTensors } from '../../methods/method'
import { COCOOP_NAMES } from '../../methods/text/cocoop-shapes'
import type { LearnedContext } from '../../methods/text/learned-context'
import { CONTEXT_POSITIONS, type ContextPosition } from '../../prompts/context-layout'
import { said } from '../../sentence'
import { toFloat32, type FileTensor } from '../elements'
import { readSafetensors, writeSafetensors } from '../safetensors'
import { readTorch } from '../torch-zip/read'
import { finite, hostTensor, tensorsOf } from '../torch-zip/tensors'
import { fieldOf } from '../torch-zip/values'
import { PythonFloat, PythonOrderedDict, writeTorch, type Picklable } from '../torch-zip/write'
import { requireNumbers, unlike } from './read-prompt'

const FORMAT = 'passepartout.context.1'

export interface ReadContext extends LearnedContext {
  readonly kind: 'checkpoint' | 'safetensors'
  /** null where the file does not say. */
  readonly position: ContextPosition | null
  /** Epochs made; null where the file does not say. */
  readonly epoch: number | null
  /** The authors' `val_result`, percent; null where there is none. */
  readonly validation: number | null
  /** What a safetensors file says of itself: keys and texts, for people. Never trusted. */
  readonly says: ReadonlyMap<string, string>
}

/** By which the authors' names may be preceded: of the whole network, of DataParallel. */
const PREFIXES = ['', 'module.', 'prompt_learner.', 'module.prompt_learner.'] as const

/**
 * @param name what the file is called, for people
 * @throws UserError where it holds no context
 */
export function readContext(name: string, bytes: Uint8Array): ReadContext {
  // A safetensors file begins with the length of its header, and that with "{".
  if (bytes[8] !== 0x7b) {
    const saved = readTorch(name, bytes)
    const tensors = tensorsOf(fieldOf(saved, 'state_dict') ?? saved)
    const find = (key: string) => {
      const prefix = PREFIXES.find((one) => tensors.has(one + key))
      return prefix === undefined ? null : hostTensor(tensors.get(prefix + key)!)
    }
    return {
      ...{ kind: 'checkpoint', ...contextOf(name, find), position: null, says: new Map() },
      epoch: finite(fieldOf(saved, 'epoch')),
      validation: finite(fieldOf(saved, 'val_result')),
    }
  }
  const { tensors, metadata } = readSafetensors(name, bytes)
  const position = CONTEXT_POSITIONS.find((one) => one === metadata.get('position')) ?? null
  const host = ({ dims, ...rest }: FileTensor): NamedTensor => ({ dims, data: toFloat32({ dims, ...rest }) })
  const find = (key: string) => (tensors.has(key) ? host(tensors.get(key)!) : null)
  return {
    ...{ kind: 'safetensors', ...contextOf(name, find), position, says: metadata },
    ...{ epoch: null, validation: null },
  }
}

function contextOf(name: string, find: (key: string) => NamedTensor | null): LearnedContext {
  const ctx = find('ctx')
  if (!ctx) throw unlike(name, said`it lacks ctx`)
  const { dims } = ctx
  if (dims.length < 2 || dims.length > 3 || dims.includes(0)) throw shaped(name, 'ctx', dims)
  requireNumbers(name, 'ctx', ctx)
  const net = COCOOP_NAMES.slice(1).map((key) => [key, find(key)] as const)
  if (net.every(([, tensor]) => tensor === null)) return { method: 'coop', parameters: { ctx } }
  const missing = net.find(([, tensor]) => tensor === null)
  if (missing) throw unlike(name, said`it lacks ${missing[0]}`)
  const parameters = Object.fromEntries(net) as NamedTensors
  const [hidden, D] = parameters['meta_net.linear1.weight']!.dims
  const W = dims.at(-1)!
  const shapes = [[hidden, D], [hidden], [W, hidden], [W]]
  for (const [i, [key, tensor]] of net.entries()) {
    if (tensor!.dims.join() !== shapes[i]!.join() || tensor!.data.length === 0) throw shaped(name, key, tensor!.dims)
    requireNumbers(name, key, tensor!)
  }
  if (dims.length !== 2) throw shaped(name, 'ctx', dims)
  return { method: 'cocoop', parameters: { ctx, ...parameters } }
}

const shaped = (name: string, key: string, dims: readonly number[]) =>
  unlike(name, said`its ${key} is [${dims.join(',').slice(0, 60)}]`)

export interface ContextCheckpointOptions {
  /** Epochs made: their loader prints it. */
  readonly epoch: number
  /** Percent, of the validation split; null where none was measured. */
  readonly validation: number | null
}

/**
 * What the loaders of CoOp, CoCoOp and TPT read (`load_model`, `--load`), on any class names. Not to train on from: the
 * optimiser's state is left out.
 */
export function writeContextCheckpoint(context: LearnedContext, options: ContextCheckpointOptions): Uint8Array {
  const { epoch, validation } = options
  return writeTorch(
    new Map<string, Picklable>([
      ['state_dict', new PythonOrderedDict(inOrder(context))],
      ['epoch', epoch],
      ['optimizer', null],
      ['scheduler', null],
      ['val_result', validation === null ? null : new PythonFloat(validation)],
    ]),
  )
}

/** @param facts what else is said of it in the file: model, data, how it was learned */
export function writeContextSafetensors(
  context: LearnedContext,
  position: ContextPosition,
  facts: Readonly<Record<string, string>> = {},
): Uint8Array {
  const about = { ...facts, format: FORMAT, method: context.method, position }
  return writeSafetensors(Object.fromEntries(inOrder(context)), about)
}

function inOrder({ method, parameters }: LearnedContext): [string, NamedTensor][] {
  const names = method === 'cocoop' ? COCOOP_NAMES : (['ctx'] as const)
  return names.map((key) => {
    const tensor = parameters[key]
    if (!tensor) throw new Error(`${key} is missing`)
    return [key, tensor]
  })
}
