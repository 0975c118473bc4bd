/** Checkpoints that PyTorch wrote (tools/reference/torch_checkpoints.py) are read as PyTorch reads them. */
import { readFileSync } from 'node:fs'
import { unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readTorch } from '../../src/formats/torch-zip/read'
import { fieldOf, type TorchTensor } from '../../src/formats/torch-zip/values'
import { refusal } from '../support/refusal'
import { plain } from './plain'

const folder = 'tests/fixtures/torch'
const file = (name: string) => new Uint8Array(readFileSync(`${folder}/${name}`))
const values = JSON.parse(readFileSync(`${folder}/values.json`, 'utf8')) as Record<string, Record<string, unknown>>

it.each(Object.keys(values))('reads %s', (name) => {
  // Values went through Python's repr: float64 digits of both sides are exact.
  expect(plain(readTorch(name, file(name)))).toEqual(values[name])
})

it('keeps the sign of zero, and the smallest number', () => {
  const odd = fieldOf(readTorch('elements.pt', file('elements.pt')), 'odd') as TorchTensor
  const { values: read } = odd.read()
  expect(Object.is(read[3], -0)).toBe(true)
  expect(read[4]).toBe(2 ** -149)
})

it('reads a file of a machine whose bytes lie the other way', () => {
  const parts = unzipSync(file('elements.pt'))
  const width: Record<string, number> = { 0: 8, 1: 4, 2: 2, 3: 2, 4: 8, 5: 4, 6: 2, 7: 1, 8: 1, 9: 1, 10: 4 }
  const swapped = Object.entries(parts).map(([path, bytes]): [string, Uint8Array] => {
    if (path.endsWith('/byteorder')) return [path, new TextEncoder().encode('big')]
    const key = /\/data\/(\d+)$/.exec(path)?.[1]
    if (key === undefined) return [path, bytes]
    const w = width[key]!
    return [path, bytes.map((_, i) => bytes[i - (i % w) + w - 1 - (i % w)]!)]
  })
  const big = readTorch('big.pt', zipSync(Object.fromEntries(swapped)))
  expect(plain(big)).toEqual(values['elements.pt'])
})

it('shares storages as PyTorch does', () => {
  const read = readTorch('views.pt', file('views.pt'))
  const [base, row] = ['base', 'row'].map((name) => fieldOf(read, name) as TorchTensor)
  expect(row!.storage).toBe(base!.storage)
})

it('reads a deflated zip too', () => {
  const parts = unzipSync(file('padding.pth.tar'))
  expect(plain(readTorch('deflated', zipSync(parts, { level: 9 })))).toEqual(values['padding.pth.tar'])
})

describe('is never run, and says what it asked for', () => {
  it.each([
    ['hostile-print.pt', 'builtins.print'],
    ['whole-module.pt', 'torch.nn.modules.linear.Linear'],
    ['torchscript.pt', 'TorchScript'],
  ])('%s', (name, asked) => {
    const { message, remedy } = refusal(() => readTorch(name, file(name)))
    expect(message).toContain(asked)
    expect(remedy).toContain('state_dict')
  })
})
