/**
 * Reads what `torch.save` wrote (.pth, .pt, .pth.tar, .ckpt): since PyTorch 1.6 a zip of `<root>/data.pkl`, the pickle of
 * everything but the numbers, and `<root>/data/<key>`, the bytes of each storage (torch/serialization.py, `_save`);
 * before that the file of legacy.ts. No code of the file is ever run: see pickle.ts and globals.ts.
 */
import { UserError } from '../../errors'
import { Archive } from '../archive'
import { ELEMENT_BYTES } from '../elements'
import { torchGlobals } from './globals'
import { isLegacy, readLegacy } from './legacy'
import { damaged, readPickle } from './pickle'
import { PickleGlobal, TorchStorage, type PickleValue } from './values'

/** PyTorch packs nothing: a file that unpacks to far more than it is was made to fill the memory. */
const limitsOf = (bytes: Uint8Array) => ({
  entries: 20_000,
  totalBytes: Math.min(2 ** 30, 2 ** 26 + 8 * bytes.length),
})

/**
 * @param name what the file is called, for people
 * @returns the saved value; tensors keep views of `bytes`
 * @throws UserError
 */
export function readTorch(name: string, bytes: Uint8Array): PickleValue {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZip(name, bytes)
  if (isLegacy(bytes)) return readLegacy(name, bytes)
  throw new UserError(
    `"${name}" is not a file that torch.save wrote.`,
    'Choose a checkpoint (.pth, .pt, .pth.tar). One from a PyTorch older than 0.4 is saved anew by torch.save(torch.load(path), new_path).',
  )
}

function readZip(name: string, bytes: Uint8Array): PickleValue {
  const archive = new Archive(name, bytes, limitsOf(bytes))
  const roots = archive.names.filter((path) => /^[^/]+\/data\.pkl$/.test(path)).map((path) => path.split('/')[0]!)
  const [root, ...others] = roots
  if (root === undefined || others.length > 0) throw damaged(name, 'the zip does not hold one "data.pkl" in a folder')
  if (archive.names.some((path) => path.startsWith(`${root}/code/`) || path === `${root}/constants.pkl`)) {
    throw new UserError(
      `"${name}" is a TorchScript program, which holds code.`,
      'Save only its tensors with PyTorch: torch.save(torch.jit.load(path).state_dict(), new_path).',
    )
  }
  const little = byteOrder(name, archive.read(`${root}/byteorder`))
  const storages = new Map<string, TorchStorage>()
  const globals = torchGlobals(name)

  /** ('storage', class, key, location, number of elements) */
  function persistentLoad(id: PickleValue): TorchStorage {
    const [kind, type, key, , elements] = Array.isArray(id) ? id : []
    if (kind !== 'storage' || !(type instanceof PickleGlobal) || type.element === null || typeof key !== 'string') {
      throw damaged(name, 'it refers to something that is no storage')
    }
    const known = storages.get(key)
    if (known) {
      if (known.dtype !== type.element || known.elements !== elements)
        throw damaged(name, `its storage ${key} has two types`)
      return known
    }
    const data = archive.read(`${root}/data/${key}`)
    if (!data) throw damaged(name, `its storage "${key.slice(0, 40)}" is missing`)
    if (typeof elements !== 'number' || data.length !== elements * ELEMENT_BYTES[type.element]) {
      throw damaged(
        name,
        `its storage ${key} has ${data.length} bytes for ${JSON.stringify(typeof elements === 'number' ? elements : null)} elements`,
      )
    }
    const storage = new TorchStorage(type.element, elements, data, little)
    storages.set(key, storage)
    return storage
  }
  const pickle = archive.read(`${root}/data.pkl`)!
  return readPickle({ name, find: (global) => globals.get(global) ?? null, persistentLoad }, pickle).value
}

function byteOrder(name: string, record: Uint8Array | null): boolean {
  const order = record ? new TextDecoder().decode(record.subarray(0, 16)) : 'little'
  if (order !== 'little' && order !== 'big') throw damaged(name, `its byte order is ${JSON.stringify(order)}`)
  return order === 'little'
}
