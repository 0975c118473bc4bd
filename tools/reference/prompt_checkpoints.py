"""Writes tests/fixtures/prompts: small prompts as the code of the papers saves them, and what they make of a picture.
Modules are written anew after models/prompters.py (Bahng et al.), models/visual_prompt.py (ILM-VP), main.py (EVP),
auto_vp/programs.py (AutoVP) and trainer/visual_prompt.py (LoR-VP), at any size. Run once; tests need the files only:

    pip install torch
    python tools/reference/prompt_checkpoints.py
"""

import json
import pathlib
from collections import OrderedDict

import torch
import torch.nn.functional as F

OUT = pathlib.Path("tests/fixtures/prompts")
S = 8
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]


def normalise(p):
    return (p - MEAN) / STD


def numbers(tensor):
    return {"dims": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


class Prompt(torch.nn.Module):
    def __init__(self, **tensors):
        super().__init__()
        for name, value in tensors.items():
            setattr(self, name, torch.nn.Parameter(value))


def stepped(module):
    optimizer = torch.optim.SGD(module.parameters(), lr=40.0, momentum=0.9, weight_decay=0)
    sum((p**2).sum() * 1e-4 for p in module.parameters()).backward()
    optimizer.step()
    return optimizer.state_dict()


def frame_mask(inner):
    start = (S - inner + 1) // 2
    mask = torch.ones(3, S, S)
    mask[:, start : start + inner, start : start + inner] = 0
    return mask, start


def main():
    torch.manual_seed(0)
    OUT.mkdir(parents=True, exist_ok=True)
    # Whole levels, as pictures have; `x` is what CLIP's preprocessing makes of them.
    p = torch.randint(0, 256, (2, 3, S, S)).float() / 255
    x = normalise(p)
    cases = {}

    def save(name, value, composed, **about):
        torch.save(value, OUT / name)
        cases[name] = {"composed": numbers(composed), **about}

    patch = Prompt(patch=torch.randn(1, 3, 3, 3))
    optimizer = stepped(patch)
    laid = torch.zeros(1, 3, S, S)
    laid[:, :, :3, :3] = patch.patch
    best = torch.tensor(61.5).item()
    save("patch.pth.tar", {"epoch": 3, "state_dict": patch.state_dict(), "best_acc1": best, "optimizer": optimizer}, x + laid, tensors={"patch": numbers(patch.patch)})  # fmt: skip

    mask, _ = frame_mask(4)
    program = torch.randn(3, S, S)
    module = Prompt(program=program)
    optimizer = stepped(module)
    module.register_buffer("mask", mask)
    save("ilm-vp.pth", {
        "visual_prompt_dict": module.state_dict(), "optimizer_dict": optimizer, "epoch": 4, "best_acc": 0.625,
        "mapping_sequence": torch.tensor([7, 0, 161]),
    }, x + module.program * mask, tensors={"program": numbers(module.program), "mask": numbers(mask)})  # fmt: skip

    mask, start = frame_mask(5)
    module = Prompt(program=torch.randn(3, S, S))
    module.register_buffer("mask", mask)
    small = p[:, :, 1:6, 2:7]
    end = S - 5 - start
    padded = F.pad(small, (start, end, start, end), value=0)
    composed = normalise(padded + torch.sigmoid(module.program) * mask)
    save("blm-padding.pth", {
        "visual_prompt_dict": module.state_dict(), "epoch": 1, "best_acc": 0.5, "mapping_matrix": torch.rand(6, 2),
    }, composed, inner=5, start=start, outside=numbers(mask[0]), tensors={"program": numbers(module.program)})  # fmt: skip

    mask, start = frame_mask(4)
    perturbation = torch.randn(3, S, S) * mask
    padded = F.pad(p[:, :, 2:6, 2:6], (2, 2, 2, 2), value=0)
    save("evp.pth", {"perturbation": perturbation}, normalise(padded + perturbation), outside=numbers(mask[0]), tensors={"perturbation": numbers(perturbation)})  # fmt: skip

    delta = torch.randn(3, S, S)
    resize = OrderedDict(scale=torch.tensor(1.25))
    layers = torch.nn.Linear(6, 2)
    outmap = OrderedDict(("layers." + key, value) for key, value in layers.state_dict().items())
    composed = normalise(F.pad(p[:, :, 2:6, 2:6], (2, 2, 2, 2), value=0) + torch.sigmoid(delta) * mask)
    save("autovp.pth", {
        "pretrained_model": "resnet18", "resize_dict": resize, "perturb_dict": OrderedDict(delta=delta), "outmap_dict": outmap,
        "output_mapping": [[3, 1], [0, 2]], "mapping_method": "frequency_based_mapping", "freq_check": True,
        "optimizer_dict": stepped(Prompt(delta=torch.randn(3, 2, 2))), "init_scale": 1.5,
    }, composed, outside=numbers(mask[0]), tensors={"delta": numbers(delta)})  # fmt: skip

    left, right = torch.randn(3, S, 2), torch.randn(3, 2, S) * 0.1
    save("lor-vp.pth", OrderedDict([("visual_prompt.left_bar", left), ("visual_prompt.right_bar", right), ("network.fc.bias", torch.zeros(2))]), normalise(p + torch.bmm(left, right)), tensors={"left_bar": numbers(left), "right_bar": numbers(right)})  # fmt: skip

    (OUT / "cases.json").write_text(json.dumps({"pictures": numbers(x), "cases": cases}))


main()
