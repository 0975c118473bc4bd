/** A checkpoint's value as the JSON that tools/reference/torch_checkpoints.py wrote of it. */
import { readTorch } from '../../src/formats/torch-zip/read'
import { PickleGlobal, PickleRecord, TorchTensor, type PickleValue } from '../../src/formats/torch-zip/values'

export function plain(value: PickleValue): unknown {
  if (value instanceof TorchTensor) {
    const { dtype, dims, values } = value.read()
    return { dims: [...dims], values: Array.from(values, (v) => (dtype === 'bool' ? v === 1 : number(v))) }
  }
  if (value instanceof PickleRecord) return { namespace: plain(value.fields) }
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, v]) => [String(key as string), plain(v)]))
  if (value instanceof Set) return [...value].sort()
  if (value instanceof Uint8Array) return [...value]
  if (value instanceof PickleGlobal) return value.name
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' ? number(value) : value
}

/** NaN and infinities as Python prints them. */
function number(value: number): unknown {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return value
}

/** Reads a checkpoint and every tensor in it, as somebody who shows it would. */
export function readDeep(name: string, file: Uint8Array): void {
  readTensors(readTorch(name, file))
}

function readTensors(value: PickleValue): void {
  if (value instanceof TorchTensor) value.read()
  else if (Array.isArray(value) || value instanceof Set) for (const item of value) readTensors(item)
  else if (value instanceof Map) for (const item of value.values()) readTensors(item)
}
