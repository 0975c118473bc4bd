/**
 * The names that a checkpoint may use, and what stands for them here. Whatever is not in this table is refused by its name:
 * adding one means to say what it makes of its arguments, never to run it.
 */
import { UserError } from '../../errors'
import { readElements, type ElementType } from '../elements'
import { PickleGlobal, PickleRecord, TorchStorage, TorchTensor, type PickleDict, type PickleValue } from './values'

type Args = readonly PickleValue[]

const STORAGES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
}

/**
 * Classes that hold fields and nothing else; what checkpoints keep beside their tensors. Dassl's schedulers (CoOp, CoCoOp) keep
 * the one that follows their warm-up as an object, and that its optimiser.
 */
const RECORDS = [
  ...['argparse.Namespace', 'types.SimpleNamespace'],
  ...['CosineAnnealingLR', 'StepLR', 'MultiStepLR'].map((scheduler) => `torch.optim.lr_scheduler.${scheduler}`),
  ...['torch.optim.sgd.SGD', 'torch.optim.adam.Adam', 'torch.optim.adamw.AdamW'],
]

const NUMPY_ELEMENTS: Readonly<Record<string, ElementType>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u1: 'uint8',
  b1: 'bool',
}

/** @param name what the file is called, for people */
export function torchGlobals(name: string): ReadonlyMap<string, PickleGlobal> {
  const wrong = (what: string) =>
    new UserError(
      `"${name}" is not a checkpoint that can be read: its ${what} is not as PyTorch writes it.`,
      'Save it anew with PyTorch, as torch.save(module.state_dict(), path).',
    )
  const table = new Map<string, PickleGlobal>()
  const allow = (global: string, call: ((args: Args) => PickleValue) | null, element: ElementType | null = null) =>
    table.set(global, new PickleGlobal(global, call, element))

  for (const [storage, element] of Object.entries(STORAGES)) {
    allow(`torch.${storage}`, null, element)
    allow(`torch.${element}`, null, element)
  }
  allow('torch.storage.UntypedStorage', null, 'uint8')
  allow('torch.UntypedStorage', null, 'uint8')
  allow('torch.Tensor', null)
  allow('torch.nn.parameter.Parameter', null)

  /** (storage, offset, size, stride, ...) of _rebuild_tensor and its later versions. */
  const tensor = ([storage, offset, size, stride]: Args, element?: ElementType): TorchTensor => {
    if (!(storage instanceof TorchStorage) || typeof offset !== 'number') throw wrong('tensor')
    return new TorchTensor(storage, offset, numbers(size), numbers(stride), element)
  }
  const numbers = (value: PickleValue | undefined): number[] => {
    if (!Array.isArray(value) || !value.every((n) => typeof n === 'number')) throw wrong('shape')
    return value as number[]
  }
  allow('torch._utils._rebuild_tensor', (args) => tensor(args))
  allow('torch._utils._rebuild_tensor_v2', (args) => tensor(args))
  allow('torch._utils._rebuild_tensor_v3', (args) => {
    const dtype = args[6]
    if (!(dtype instanceof PickleGlobal) || dtype.element === null) throw wrong('tensor')
    return tensor(args, dtype.element)
  })
  for (const rebuild of ['_rebuild_parameter', '_rebuild_parameter_with_state']) {
    allow(`torch._utils.${rebuild}`, ([data]) => {
      if (!(data instanceof TorchTensor)) throw wrong('parameter')
      return data
    })
  }
  // (function, class, arguments, attributes) of a tensor that carries attributes.
  allow('torch._tensor._rebuild_from_type_v2', ([rebuild, , args]) => {
    const isRebuild = rebuild instanceof PickleGlobal && rebuild.name.startsWith('torch._utils._rebuild_')
    if (!isRebuild || !rebuild.call || !Array.isArray(args)) throw wrong('tensor')
    return rebuild.call(args)
  })
  allow('torch.Size', ([dims]) => numbers(dims ?? []))
  allow('torch.device', (args) => args.map((arg) => plainText(arg)).join(':'))

  allow('collections.OrderedDict', ([pairs]) => dictOf(pairs))
  allow('collections.defaultdict', ([, pairs]) => dictOf(pairs))
  allow('collections.Counter', ([pairs]) => dictOf(pairs))
  allow('builtins.dict', ([pairs]) => dictOf(pairs))
  allow('builtins.list', ([items]) => [...itemsOf(items)])
  allow('builtins.tuple', ([items]) => [...itemsOf(items)])
  allow('builtins.set', ([items]) => new Set(itemsOf(items)))
  allow('builtins.frozenset', ([items]) => new Set(itemsOf(items)))
  for (const type of ['int', 'float', 'bool', 'str', 'object']) allow(`builtins.${type}`, null)
  const dictOf = (pairs: PickleValue | undefined): PickleDict => {
    if (pairs instanceof Map) return new Map(pairs)
    const entries = itemsOf(pairs)
    if (!entries.every((pair): pair is PickleValue[] => Array.isArray(pair) && pair.length === 2)) throw wrong('dict')
    return new Map(entries.map(([key, value]) => [key!, value!]))
  }
  const itemsOf = (items: PickleValue | undefined): readonly PickleValue[] => {
    if (items === undefined) return []
    if (Array.isArray(items)) return items
    throw wrong('list')
  }

  // Protocol 2 writes bytes as the Latin-1 text of them.
  allow('_codecs.encode', ([text, encoding]) => {
    if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) throw wrong('text')
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  })
  for (const path of ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath']) {
    for (const module of ['pathlib', 'pathlib._local']) {
      allow(`${module}.${path}`, (parts) => parts.map((part) => plainText(part)).join('/'))
    }
  }
  const plainText = (value: PickleValue): string => {
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw wrong('text')
  }

  for (const record of RECORDS) allow(record, () => new PickleRecord(record, new Map()))
  // Protocols 0 and 1 make objects by (class, object, None).
  allow('copyreg._reconstructor', ([type]) => {
    if (!(type instanceof PickleGlobal) || !RECORDS.includes(type.name)) throw wrong('object')
    return new PickleRecord(type.name, new Map())
  })

  allow('numpy.dtype', ([code]) => {
    if (typeof code !== 'string' || !Object.hasOwn(NUMPY_ELEMENTS, code)) throw wrong('numpy number')
    const dtype = new PickleRecord('numpy.dtype', new Map([['code', code]]))
    // Its state: (version, byte order, ...).
    dtype.takesState = (state) => Array.isArray(state) && (state[1] === '<' || state[1] === '|' || state[1] === '=')
    return dtype
  })
  for (const module of ['numpy.core.multiarray', 'numpy._core.multiarray']) {
    allow(`${module}.scalar`, ([dtype, bytes]) => {
      const code = dtype instanceof PickleRecord ? dtype.fields.get('code') : null
      if (typeof code !== 'string' || !(bytes instanceof Uint8Array)) throw wrong('numpy number')
      const [value, ...rest] = readElements(NUMPY_ELEMENTS[code]!, bytes)
      if (value === undefined || rest.length > 0) throw wrong('numpy number')
      return code === 'b1' ? value !== 0 : value
    })
  }
  return table
}
