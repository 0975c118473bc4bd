/** `torch.load(weights_only=True)` reads what is written here, types and bits alike. Starting PyTorch takes seconds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readBahng, writeBahng } from '../../src/formats/bahng-checkpoint'
import { writeTorch } from '../../src/formats/torch-zip/write'
import { pythonWith, runPython } from './python'
import { VALUE, VALUE_READ } from './written'

const python = pythonWith('torch', 3, 'PyTorch reads what we write')
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

/** As the authors' code resumes, and its next step. argv: our file, theirs. */
const RESUME = `
import sys, torch
class PadPrompter(torch.nn.Module):
    def __init__(self, side, pad):
        super().__init__()
        self.pad_up = torch.nn.Parameter(torch.randn([1, 3, pad, side]))
        self.pad_down = torch.nn.Parameter(torch.randn([1, 3, pad, side]))
        self.pad_left = torch.nn.Parameter(torch.randn([1, 3, side - 2 * pad, pad]))
        self.pad_right = torch.nn.Parameter(torch.randn([1, 3, side - 2 * pad, pad]))
def resumed(path):
    checkpoint = torch.load(path, weights_only=True)
    prompter = PadPrompter(8, 2)
    prompter.load_state_dict(checkpoint["state_dict"])
    optimizer = torch.optim.SGD(prompter.parameters(), lr=1)
    optimizer.load_state_dict(checkpoint["optimizer"])
    sum((p**2).sum() for p in prompter.parameters()).backward()
    optimizer.step()
    return prompter.state_dict(), {k: checkpoint[k] for k in ("epoch", "best_acc1")}
(ours, head), (theirs, same) = resumed(sys.argv[1]), resumed(sys.argv[2])
print(head == same and all(torch.equal(ours[k], theirs[k]) for k in theirs))
`

/** A border of the true size there, through our reader and writer, and back: every bit. argv: make or compare, two files. */
const TRUE_SIZE = `
import sys, torch
def prompt():
    torch.manual_seed(3)
    shapes = {"pad_up": (1, 3, 30, 224), "pad_down": (1, 3, 30, 224), "pad_left": (1, 3, 164, 30), "pad_right": (1, 3, 164, 30)}
    return {k: torch.randn(s) * 10.0 ** torch.randint(-40, 30, s) for k, s in shapes.items()}
if sys.argv[1] == "make": torch.save({"epoch": 3, "state_dict": prompt(), "best_acc1": 1.5, "optimizer": {}}, sys.argv[2])
else:
    ours, theirs = torch.load(sys.argv[2], weights_only=True)["state_dict"], prompt()
    print(all(torch.equal(ours[k].view(torch.int32), theirs[k].view(torch.int32)) for k in theirs), len(ours))
`

// Starting PyTorch takes seconds, and many on a busy machine.
describe.skipIf(python === null)('PyTorch itself', { timeout: 120_000 }, () => {
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

  it("goes on from our file as from the authors' own", () => {
    const theirs = 'tests/fixtures/torch/padding.pth.tar'
    const { parameters, velocity } = readBahng(theirs, new Uint8Array(readFileSync(theirs)))
    const optimiser = { step: 2, slots: { velocity: velocity! } }
    const ours = join(folder, 'border.pth.tar')
    writeFileSync(
      ours,
      writeBahng(parameters, { epoch: 7, bestAccuracy: 61.5, learningRate: 40, momentum: 0.9, optimiser }),
    )
    expect(runPython(python!, RESUME, ours, theirs).trim()).toBe('True')
  })

  it('finds every bit of its border again, read and written here', () => {
    const [theirs, ours] = [join(folder, 'theirs.pth.tar'), join(folder, 'ours.pth.tar')]
    runPython(python!, TRUE_SIZE, 'make', theirs)
    const { geometry, parameters } = readBahng('theirs', new Uint8Array(readFileSync(theirs)))
    expect(geometry).toEqual({ imageSize: 224, width: 30 })
    const rest = { epoch: 3, bestAccuracy: 1.5, learningRate: 40, momentum: 0.9, optimiser: null }
    writeFileSync(ours, writeBahng(parameters, rest))
    expect(runPython(python!, TRUE_SIZE, 'compare', ours).trim()).toBe('True 4')
  })
})
