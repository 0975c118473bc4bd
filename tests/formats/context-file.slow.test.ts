/** `torch.load(weights_only=True)` reads contexts that are written here, and their loader takes them. Starting PyTorch takes seconds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readContext, writeContextCheckpoint } from '../../src/formats/prompts/context-file'
import { pythonWith, runPython } from './python'

const python = pythonWith('torch', 1, 'PyTorch reads the contexts that we write')
const folder = mkdtempSync(join(tmpdir(), 'passepartout-contexts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NAMES = ['coop.pth.tar', 'coop-class-specific-half.pth.tar', 'cocoop.pth.tar']

/** argv: our folder, theirs. Theirs hold objects, which `weights_only` refuses; ours are loaded as load_model of CoOp does. */
const PROGRAM = `
import json, pathlib, sys, torch
found = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    ours = torch.load(path, weights_only=True)
    theirs = torch.load(pathlib.Path(sys.argv[2]) / path.name, weights_only=False)
    wanted = {k: v for k, v in theirs["state_dict"].items() if not k.startswith("token_")}
    learner = torch.nn.Module()
    for name, value in theirs["state_dict"].items():
        at = learner
        *parents, last = name.split(".")
        for parent in parents:
            if not hasattr(at, parent): setattr(at, parent, torch.nn.Module())
            at = getattr(at, parent)
        setattr(at, last, torch.nn.Parameter(torch.zeros_like(value)))
    left = learner.load_state_dict(ours["state_dict"], strict=False)
    same = all(torch.equal(dict(learner.named_parameters())[k], v) for k, v in wanted.items())
    found[path.name] = [same, list(ours["state_dict"]) == list(wanted), left.missing_keys, left.unexpected_keys, ours["epoch"], ours["val_result"]]
print(json.dumps(found))
`

describe.skipIf(python === null)('PyTorch itself', { timeout: 120_000 }, () => {
  it('loads our contexts as it loads the originals, bit for bit', () => {
    const theirs = 'tests/fixtures/contexts'
    for (const name of NAMES) {
      const read = readContext(name, new Uint8Array(readFileSync(join(theirs, name))))
      writeFileSync(join(folder, name), writeContextCheckpoint(read, { epoch: 2, validation: 71.5 }))
    }
    const right = [true, true, ['token_prefix', 'token_suffix'], [], 2, 71.5]
    const found = JSON.parse(runPython(python!, PROGRAM, folder, theirs)) as unknown
    expect(found).toEqual(Object.fromEntries(NAMES.map((name) => [name, right])))
  })
})
