/** `torch.load(weights_only=True)` reads what is written here, types and bits alike. Starting PyTorch takes seconds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeTorch } from '../../src/formats/torch-zip/write'
import { pythonWith, runPython } from './python'
import { VALUE, VALUE_READ } from './written'

const python = pythonWith('torch', 1, 'PyTorch reads what we write')
const folder = mkdtempSync(join(tmpdir(), 'passepartout-torch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAM = `
import json, sys, torch
value = torch.load(sys.argv[1], weights_only=True)
def plain(v):
    if isinstance(v, torch.Tensor): return {"dims": list(v.shape), "values": v.double().reshape(-1).tolist()}
    if isinstance(v, dict): return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    return v
types = {k: type(v).__name__ for k, v in value.items()}
print(json.dumps({"value": plain(value), "types": types, "dtype": str(value["state_dict"]["ramp"].dtype)}))
`

describe.skipIf(python === null)('PyTorch', () => {
  it('reads a checkpoint written here', () => {
    const path = join(folder, 'own.pth.tar')
    writeFileSync(path, writeTorch(VALUE))
    const { value, types, dtype } = JSON.parse(runPython(python!, PROGRAM, path)) as Record<string, unknown>
    expect(value).toEqual(VALUE_READ)
    expect(dtype).toBe('torch.float32')
    expect(types).toMatchObject({
      epoch: 'int',
      best: 'float',
      large: 'int',
      tuple: 'tuple',
      state_dict: 'OrderedDict',
    })
  })
})
