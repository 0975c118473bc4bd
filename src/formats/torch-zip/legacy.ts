/**
 * Checkpoints of PyTorch before 1.6, or of `_use_new_zipfile_serialization=False` (torch/serialization.py, `_legacy_save`):
 * five pickles end to end (magic number, version, facts of the machine, the value, keys of the storages), then for each key
 * the number of elements, int64, and the elements, all little-endian.
 */
import { ELEMENT_BYTES } from '../elements'
import { torchGlobals } from './globals'
import { damaged, readPickle, type PickleHost } from './pickle'
import { PickleGlobal, TorchStorage, type PickleValue } from './values'

const MAGIC = 0x1950a86a20f9469cfc6cn
/** The magic number as pickled by protocols 2 to 5: PROTO, LONG1 of ten bytes. */
const MAGIC_BYTES = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
const PROTOCOL = 1001

export function isLegacy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && MAGIC_BYTES.every((byte, i) => bytes[2 + i] === byte)
}

/** @throws UserError */
export function readLegacy(name: string, bytes: Uint8Array): PickleValue {
  const globals = torchGlobals(name)
  const storages = new Map<string, TorchStorage>()
  const host: PickleHost = {
    name,
    find: (global) => globals.get(global) ?? null,
    /** ('storage', class, key, location, number of elements, view) */
    persistentLoad(id) {
      const [kind, type, key, , elements, view] = Array.isArray(id) ? id : []
      if (kind !== 'storage' || !(type instanceof PickleGlobal) || type.element === null || typeof key !== 'string') {
        throw damaged(name, 'it refers to something that is no storage')
      }
      const counted = typeof elements === 'number' && Number.isSafeInteger(elements) && elements >= 0
      // No storage can have more elements than the file has bytes: known before anything is made of it.
      if (!counted || elements * ELEMENT_BYTES[type.element] > bytes.length)
        throw damaged(name, 'a storage is not whole')
      if (view !== null && view !== undefined) throw damaged(name, 'it was written by a PyTorch older than 0.4')
      const known = storages.get(key) ?? new TorchStorage(type.element, elements, null, true)
      if (known.dtype !== type.element || known.elements !== elements)
        throw damaged(name, `its storage ${key} has two types`)
      storages.set(key, known)
      return known
    },
  }
  const values: PickleValue[] = []
  let at = 0
  for (let i = 0; i < 5; i++) {
    const { value, end } = readPickle(host, bytes, at)
    values.push(value)
    at = end
  }
  const [magic, protocol, machine, value, keys] = values
  if (magic !== MAGIC || protocol !== PROTOCOL || !(machine instanceof Map)) throw damaged(name, 'its head is unknown')
  if (!Array.isArray(keys)) throw damaged(name, 'its list of storages is missing')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage || storage.bytes) throw damaged(name, 'its list of storages is not that of its tensors')
    if (at + 8 > bytes.length || view.getBigInt64(at, true) !== BigInt(storage.elements)) {
      throw damaged(name, 'a storage is not as long as it should be')
    }
    at += 8
    const length = storage.elements * ELEMENT_BYTES[storage.dtype]
    if (at + length > bytes.length) throw damaged(name, 'its end is missing')
    storage.bytes = bytes.subarray(at, at + length)
    at += length
  }
  if ([...storages.values()].some((storage) => !storage.bytes)) throw damaged(name, 'a storage is missing')
  return value!
}
