"""A picture moved, coloured and framed by PyTorch's grid_sample, with the gradients of all parameters, for
tests/prompts/affine-colour-frame.test.ts; and what Pillow's ImageEnhance makes of the pictures of pillow_ops.py, for
tests/data/pillow-enhance.test.ts. Writes tests/fixtures/{affine-frame,pillow-enhance}.json:

    python tools/reference/affine_frame.py        (torch, numpy, Pillow; seconds)
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance

from pillow_ops import pictures, sha
from stamp_torch import MEAN, STD, Random

OUT = pathlib.Path(__file__).parents[2] / "tests/fixtures"
S, B = 12, 2
SETTINGS = {"scale": 0.6, "largest": 1, "borderFraction": 0, "angle": 0.5, "shear": 0.3, "translate": 0.2, "colour": 4}


def composed(p, pixels, about):
    centre = (S - 1) / 2 if about == "middle" else 0.0
    scale, angle = torch.sigmoid(p["scale"]), (torch.tanh(p["angle"]) * SETTINGS["angle"])[0]
    shear, move = torch.tanh(p["shear"]) * SETTINGS["shear"], torch.tanh(p["translate"]) * SETTINGS["translate"] * S
    one = torch.ones(())
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    lean = torch.stack([torch.stack([one, shear[0]]), torch.stack([shear[1], one])])
    inverse = torch.linalg.inv(turn @ lean @ torch.diag(scale))
    v, u = torch.meshgrid(torch.arange(S).float(), torch.arange(S).float(), indexing="ij")
    at = torch.stack([u, v], -1) - centre - move
    looks = at @ inverse.T + centre
    grid = (2 * looks / (S - 1) - 1).expand(len(pixels), -1, -1, -1)
    light = pixels * STD + MEAN
    moved = F.grid_sample(light, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    with torch.no_grad():
        shown = F.grid_sample(torch.ones_like(light), grid, mode="bilinear", padding_mode="zeros", align_corners=True)[:1, :1] > 0
    x = moved * torch.sigmoid(p["colour"]) * SETTINGS["colour"] + p["program"] * ~shown
    return (x - MEAN) / STD


def main():
    runs = []
    for seed, about in [(1, "middle"), (2, "corner")]:
        random = Random(seed)
        shapes = {"translate": (2,), "angle": (1,), "scale": (2,), "shear": (2,), "colour": (1, 3, S, S), "program": (1, 3, S, S)}
        p = {name: random.normals(*shape).requires_grad_() for name, shape in shapes.items()}
        pixels, d = random.normals(B, 3, S, S), random.normals(B, 3, S, S)
        out = composed(p, pixels, about)
        (out * d).sum().backward()
        flat = lambda t: [round(v, 6) for v in t.flatten().tolist()]
        runs.append({"seed": seed, "about": about, "every7th": flat(out.detach())[::7], "gradients": {n: flat(t.grad) for n, t in p.items()}})
    (OUT / "affine-frame.json").write_text(json.dumps({"side": S, "rows": B, "settings": SETTINGS, "runs": runs}) + "\n")
    ops = {"colour": ImageEnhance.Color, "contrast": ImageEnhance.Contrast, "brightness": ImageEnhance.Brightness, "sharpness": ImageEnhance.Sharpness}
    cases = [
        {"picture": name, "side": side, "op": op, "value": value, "sha256": sha(enhance(Image.fromarray(pixels)).enhance(value))}
        for name, side, pixels in pictures()
        for op, enhance in ops.items()
        for value in (0.1, 0.46, 1, 1.3, 1.9)
    ]
    (OUT / "pillow-enhance.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
