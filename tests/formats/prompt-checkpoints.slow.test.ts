/** `torch.load(weights_only=True)` reads prompts that are written here as it reads the originals. Starting PyTorch takes seconds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readAutoVp, writeAutoVp } from '../../src/formats/prompts/autovp-checkpoint'
import { frameOfEvp, readEvp, writeEvp } from '../../src/formats/prompts/evp-checkpoint'
import { readLorVp, writeLorVp } from '../../src/formats/prompts/lor-vp-checkpoint'
import { readPatch, writePatch } from '../../src/formats/prompts/patch-checkpoint'
import { frameOfProgram, readProgram, writeProgram } from '../../src/formats/prompts/program-checkpoint'
import { pythonWith, runPython } from './python'

const python = pythonWith('torch', 1, 'PyTorch reads the prompts that we write')
const folder = mkdtempSync(join(tmpdir(), 'passepartout-prompts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** argv: our folder, theirs. Whatever is in ours is the same in theirs, types and bits; what is left out is told. */
const PROGRAM = `
import json, pathlib, sys, torch
ours, theirs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
def same(a, b, at, left_out):
    if isinstance(b, torch.Tensor):
        width = {torch.float32: torch.int32}.get(b.dtype, b.dtype)
        return isinstance(a, torch.Tensor) and a.dtype == b.dtype and a.shape == b.shape and torch.equal(a.contiguous().view(width), b.contiguous().view(width))
    if isinstance(b, dict):
        left_out += [at + str(k) for k in b if k not in a]
        return isinstance(a, dict) and all(same(a[k], b[k], f"{at}{k}/", left_out) for k in a)
    if isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, at, left_out) for x, y in zip(a, b))
    return type(a) is type(b) and a == b
found = {}
for path in sorted(ours.iterdir()):
    left_out = []
    a, b = (torch.load(root / path.name, weights_only=True) for root in (ours, theirs))
    b = {key.removeprefix("visual_prompt."): value for key, value in b.items()}
    found[path.name] = [same(a, b, "", left_out), left_out]
print(json.dumps(found))
`

describe.skipIf(python === null)('PyTorch itself', { timeout: 120_000 }, () => {
  it('finds in our prompts what the papers code saved, bit for bit', () => {
    const theirs = 'tests/fixtures/prompts'
    const bytesOf = (name: string) => new Uint8Array(readFileSync(join(theirs, name)))
    const write = (name: string, make: (bytes: Uint8Array) => Uint8Array) =>
      writeFileSync(join(folder, name), make(bytesOf(name)))
    write('patch.pth.tar', (bytes) => {
      const { parameters, velocity } = readPatch('a', bytes)
      const optimiser = { step: 1, slots: { velocity: velocity! } }
      return writePatch(parameters, { epoch: 3, bestAccuracy: 61.5, learningRate: 40, momentum: 0.9, optimiser })
    })
    write('ilm-vp.pth', (bytes) => {
      const read = readProgram('a', bytes)
      const source = { kind: 'frame', ...read, parameters: frameOfProgram(read) } as const
      const rest = { epoch: 4, bestAccuracy: 0.625, learningRate: 40, momentum: 0.9, mapping: read.mapping! }
      return writeProgram(source, rest)
    })
    write('evp.pth', (bytes) => writeEvp(frameOfEvp(readEvp('a', bytes)), 4))
    write('autovp.pth', (bytes) => writeAutoVp(readAutoVp('a', bytes)))
    write('lor-vp.pth', (bytes) => writeLorVp(readLorVp('a', bytes).parameters))
    expect(JSON.parse(runPython(python!, PROGRAM, folder, theirs))).toEqual({
      'autovp.pth': [true, ['optimizer_dict']],
      'evp.pth': [true, []],
      // Our file has no momentum, which their code does not read back.
      'ilm-vp.pth': [true, ['optimizer_dict/state/0']],
      // Theirs is of a whole network.
      'lor-vp.pth': [true, ['network.fc.bias']],
      'patch.pth.tar': [true, []],
    })
  })
})
