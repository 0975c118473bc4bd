"""Red circles and colour blocks drawn by numpy and scipy, and what Stamp in PyTorch answers to them, for
tests/methods/drawn-prompt.test.ts. Writes tests/fixtures/methods/drawings.json:

    python tools/reference/drawings.py        (torch, onnx, numpy, scipy, Pillow; seconds)
"""

import json

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from methods import OUT, sample, task, unit
from stamp_torch import LOGIT_SCALE, MEAN, STD, Text, Tokenizer, Vision, picture

POINTS = 8
RUNS = [
    {"mark": "circle", "box": [0.1, 0.2, 0.9, 0.95], "colour": [255, 0, 0], "opacity": 1, "lineFraction": 0.03,
     "outside": ["keep"], "blurFraction": 0.03},
    {"mark": "circle", "box": [0.25, 0.25, 0.75, 0.75], "colour": [0, 80, 255], "opacity": 0.5, "lineFraction": 0.05,
     "outside": ["blur", "grey"], "blurFraction": 0.05},
    {"mark": "box", "box": [0.2, 0.1, 0.6, 0.7], "colour": [255, 255, 0], "opacity": 0.8, "lineFraction": 0.04,
     "outside": ["grey"], "blurFraction": 0.03},
    {"mark": "block", "box": [0, 0, 1, 1], "colour": [240, 0, 30], "opacity": 127 / 255, "lineFraction": 0.02,
     "outside": ["keep"], "blurFraction": 0.03},
]


def coverage(run, side):
    centres = (np.arange(side * POINTS) + 0.5) / POINTS
    x, y = np.meshgrid(centres, centres)

    def within(inset):
        left, top, right, bottom = np.array(run["box"]) * side + inset * np.array([1, 1, -1, -1])
        if run["mark"] == "circle":
            return ((x - (left + right) / 2) / ((right - left) / 2)) ** 2 + ((y - (top + bottom) / 2) / ((bottom - top) / 2)) ** 2 <= 1
        return (x >= left) & (x < right) & (y >= top) & (y < bottom)

    reduced = lambda mask: mask.reshape(side, POINTS, side, POINTS).mean((1, 3))
    inside = within(0)
    line = inside if run["mark"] == "block" else inside & ~within(run["lineFraction"] * side)
    return reduced(line), reduced(inside)


def drawn(pixels, run, outside):
    """[3,S,S] in [0, 1], float64."""
    side = pixels.shape[-1]
    painted, inside = coverage(run, side)
    luma = np.tensordot([0.299, 0.587, 0.114], pixels, 1)
    effect = {
        "keep": pixels,
        "grey": np.stack([luma] * 3),
        "blur": np.stack([gaussian_filter(c, run["blurFraction"] * side, mode="nearest", truncate=3) for c in pixels]),
    }[outside]
    behind = inside * pixels + (1 - inside) * effect
    paint = run["opacity"] * painted
    return (1 - paint) * behind + paint * np.array(run["colour"])[:, None, None] / 255


def main():
    manifest = task("shifted")
    paths, _ = sample(manifest, "val", 1)
    path = paths[2]
    vision, text, tokenizer = Vision(), Text(), Tokenizer()
    sentences = [manifest["template"].replace("{}", c["name"].lower()) for c in manifest["classes"]]
    ids = [[tokenizer.start, *tokenizer.encode(s), tokenizer.end] for s in sentences]
    full = torch.tensor([i + [tokenizer.end] * (text.context - len(i)) for i in ids])
    classes = unit(text(text.table[full], torch.tensor([len(i) - 1 for i in ids])))
    pixels = picture(path).double().numpy() / 255
    runs = []
    for run in RUNS:
        pictures = np.stack([drawn(pixels, run, outside) for outside in run["outside"]])
        with torch.no_grad():
            features = vision(((torch.from_numpy(pictures) - MEAN) / STD).float())
            logits = (LOGIT_SCALE * unit(features) @ classes.T).mean(0)
        values = [[round(float(v), 7) for v in p.ravel()[::97]] for p in pictures]
        runs.append({"settings": run, "every97th": values, "logits": logits.tolist()})
    file = OUT / "drawings.json"
    file.write_text(json.dumps({"task": "shifted", "path": path, "runs": runs}) + "\n")
    print(file.name, file.stat().st_size)


if __name__ == "__main__":
    main()
