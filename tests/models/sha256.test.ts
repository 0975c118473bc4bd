import { createHash } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { sha256 } from '../../src/models/sha256'

const parts = [Uint8Array.from({ length: 1000 }, (_, i) => i % 251), Uint8Array.of(1, 2, 3), new Uint8Array(0)]
const expected = (...of: readonly Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const part of of) hash.update(part)
  return hash.digest('hex')
}

afterEach(() => void vi.unstubAllGlobals())

it('is that of the parts laid end to end', async () => {
  for (const of of [[], parts.slice(0, 1), parts.slice(0, 2), parts]) expect(await sha256(...of)).toBe(expected(...of))
})

it('needs no secure connection', async () => {
  vi.stubGlobal('crypto', {})
  expect(await sha256(parts[0]!)).toBe(expected(parts[0]!))
})

it('hashes a window of a buffer, not the buffer', async () => {
  const window = parts[0]!.subarray(100, 200)
  expect(await sha256(window)).toBe(expected(window))
  expect(await sha256(window, window)).toBe(expected(window, window))
})
