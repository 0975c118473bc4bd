"""Writes tests/fixtures/torch and tests/fixtures/safetensors: small checkpoints exactly as PyTorch and the safetensors
library write them, and the values that they hold. Run once; tests need the files only:

    pip install torch numpy safetensors
    python tools/reference/torch_checkpoints.py
"""

import argparse
import json
import math
import pathlib
from collections import OrderedDict, defaultdict

import numpy as np
import safetensors.torch
import torch

ROOT = pathlib.Path("tests/fixtures")
TORCH = ROOT / "torch"
SAFE = ROOT / "safetensors"


class PadPrompter(torch.nn.Module):
    """The names, order and start of models/prompters.py in hjbahng/visual_prompting, at any size."""

    def __init__(self, side, pad):
        super().__init__()
        self.pad_up = torch.nn.Parameter(torch.randn([1, 3, pad, side]))
        self.pad_down = torch.nn.Parameter(torch.randn([1, 3, pad, side]))
        self.pad_left = torch.nn.Parameter(torch.randn([1, 3, side - 2 * pad, pad]))
        self.pad_right = torch.nn.Parameter(torch.randn([1, 3, side - 2 * pad, pad]))


class PatchPrompter(torch.nn.Module):
    def __init__(self, pad):
        super().__init__()
        self.patch = torch.nn.Parameter(torch.randn([1, 3, pad, pad]))


def stepped(prompter):
    """Two steps of the authors' optimiser, so that there is momentum to save."""
    optimizer = torch.optim.SGD(prompter.parameters(), lr=40, momentum=0.9, weight_decay=0)
    for _ in range(2):
        optimizer.zero_grad()
        sum((p**2).sum() * 1e-4 for p in prompter.parameters()).backward()
        optimizer.step()
    return optimizer


def authors(prompter, epoch, best):
    """As main_clip.py and utils.save_checkpoint of hjbahng/visual_prompting save it."""
    optimizer = stepped(prompter)
    return {"epoch": epoch, "state_dict": prompter.state_dict(), "best_acc1": best, "optimizer": optimizer.state_dict()}


def plain(value):
    """JSON of anything saved here; tensors as their dims and values."""
    if isinstance(value, torch.Tensor):
        return {"dims": list(value.shape), "values": [number(v) for v in value.detach().reshape(-1).tolist()]}
    if isinstance(value, argparse.Namespace):
        return {"namespace": {k: plain(v) for k, v in vars(value).items()}}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, pathlib.PurePath):
        return value.as_posix()
    if isinstance(value, torch.Size):
        return list(value)
    if isinstance(value, (torch.device, torch.dtype)):
        return str(value)
    if isinstance(value, np.generic):
        return number(value.item())
    return number(value)


def number(value):
    large = isinstance(value, int) and abs(value) > 2**53
    return str(value) if large or (isinstance(value, float) and not math.isfinite(value)) else value


def main():
    torch.manual_seed(0)
    TORCH.mkdir(parents=True, exist_ok=True)
    SAFE.mkdir(parents=True, exist_ok=True)
    values = {}

    def save(name, value, **options):
        torch.save(value, TORCH / name, **options)
        values[name] = plain(value)

    save("padding.pth.tar", authors(PadPrompter(8, 2), 7, 61.5))
    save("padding-best-whole.pth.tar", authors(PadPrompter(6, 1), 1000, 75.0))
    save("patch.pth.tar", authors(PatchPrompter(3), 1, 0))

    ten = torch.arange(-4, 6)
    save("elements.pt", {
        "float64": ten.double() / 3, "float32": ten.float() / 3, "float16": ten.half() / 3, "bfloat16": ten.bfloat16() / 3,
        "int64": ten * 2**40, "int32": ten.int() * 2**20, "int16": ten.short() * 2**10, "int8": ten.char(),
        "uint8": (ten + 10).byte(), "bool": ten > 0,
        "odd": torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45]),
    })  # fmt: skip
    base = torch.arange(24.0).reshape(2, 3, 4)
    save("views.pt", {
        "base": base, "transposed": base.permute(2, 0, 1), "slice": base[:, 1:, ::2], "row": base[1, 2],
        "expanded": torch.tensor([[5.0], [6.0]]).expand(2, 3), "scalar": torch.tensor(3.5), "empty": torch.zeros(0, 3),
        "one": base[1:, :1, 3:], "channels_last": torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
    })  # fmt: skip
    linear = torch.nn.Linear(3, 2)
    save("module.pt", linear.state_dict())
    save("parameters.pt", {"list": list(linear.parameters()), "wide": torch.tensor([1, 60000], dtype=torch.uint16).to(torch.int32)})
    for protocol in (2, 3, 4, 5):
        save(f"protocol{protocol}.pt", {
            "text": "Grüße \U0001f5bc", "bytes": b"\x00\xff", "big": 2**100, "negative": -(2**40), "float": -0.1, "none": None,
            "yes": True, "tuple": (1, (2,), (3, 4, 5, 6)), "set": {1, 2, 3}, "frozen": frozenset([4]), "list": list(range(300)),
            "nested": {"a": {"b": [{"c": 1}]}}, "tensor": torch.ones(2), "default": defaultdict(dict, {"k": {}}), "long": "x" * 300,
        }, pickle_protocol=protocol)  # fmt: skip
    save("namespace.pt", {
        "args": argparse.Namespace(lr=40.0, method="padding", gpu=None, root=pathlib.PurePosixPath("data/cifar100"), sizes=[1, 2]),
        "best": np.float64(61.25), "count": np.int64(12), "single": np.float32(0.5), "flag": np.bool_(True),
        "size": torch.Size([2, 3]), "device": torch.device("cuda", 1), "dtype": torch.float16,
    })  # fmt: skip
    legacy = {"w": base, "view": base[1], "half": torch.ones(3).half(), "n": 3, "order": OrderedDict(a=torch.tensor([7]))}
    save("legacy.pt", legacy, _use_new_zipfile_serialization=False)
    save("legacy.pth.tar", authors(PadPrompter(8, 2), 3, 12.5), _use_new_zipfile_serialization=False)
    save("ilm-vp.pth", {
        "visual_prompt_dict": OrderedDict(program=torch.randn(3, 8, 8), mask=torch.ones(3, 8, 8)),
        "optimizer_dict": stepped(PatchPrompter(2)).state_dict(), "epoch": 4, "best_acc": 0.5,
        "mapping_sequence": torch.tensor([3, 0, 2]),
    })  # fmt: skip
    save("evp.pth", {"perturbation": torch.randn(3, 8, 8)})
    save("coop.pth.tar", {
        "state_dict": OrderedDict(ctx=torch.randn(4, 8), token_prefix=torch.randn(2, 1, 8), token_suffix=torch.randn(2, 5, 8)),
        "epoch": 50, "optimizer": None, "scheduler": None, "val_result": 71.0,
    })  # fmt: skip
    (TORCH / "values.json").write_text(json.dumps(values, default=str))

    class Order:
        def __reduce__(self):
            return (print, ("this pickle ran",))

    torch.save({"state_dict": {"pad_up": Order()}}, TORCH / "hostile-print.pt")
    torch.save(torch.nn.Linear(2, 2), TORCH / "whole-module.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), TORCH / "torchscript.pt")

    tensors = {name: t for name, t in torch.load(TORCH / "elements.pt").items()}
    tensors |= {"empty": torch.zeros(0, 3), "scalar": torch.tensor(3.5), "matrix": torch.arange(6.0).reshape(2, 3)}
    safetensors.torch.save_file(tensors, SAFE / "elements.safetensors", metadata={"format": "pt", "note": "Grüße"})
    (SAFE / "values.json").write_text(json.dumps(plain(tensors)))


main()
