"""A border tuned for one picture at a time on Stamp in PyTorch, for tests/methods/test-time-visual.slow.test.ts. Writes
tests/fixtures/methods/test-time-visual.json:

    python tools/reference/test_time_visual.py        (torch, onnx, numpy, Pillow; seconds)
"""

import math

import numpy as np
import torch
from PIL import Image

from black_box import class_embeddings
from methods import augmix, crop_flip, sample, task, unit, write
from stamp_torch import LOGIT_SCALE, ROOT, Random, Vision, normalised


def main():
    manifest = task("shifted")
    paths, _ = sample(manifest, "val", 1)
    vision, classes, side, pad, rate = Vision(), class_embeddings(manifest), 64, 9, 0.05
    to_tensor = lambda i: normalised(torch.from_numpy(np.asarray(i).copy()).permute(2, 0, 1))
    mask = torch.ones(side, side)
    mask[pad : side - pad, pad : side - pad] = 0
    pictures = []
    for i, path in enumerate(paths[:4]):
        mixed, steps = i == 1, 2 if i == 3 else 1
        image, random = Image.open(ROOT / path).convert("RGB"), Random(200 + i)
        views = [to_tensor(image)]
        while len(views) < 32:
            part = crop_flip(image, random)
            views.append(augmix(part, to_tensor, random) if mixed else to_tensor(part))
        views = torch.stack(views)
        border = torch.zeros(1, 3, side, side, requires_grad=True)
        optimiser = torch.optim.AdamW([border], lr=rate, weight_decay=0)
        logits = lambda pixels: LOGIT_SCALE * unit(vision(pixels + border * mask)) @ classes.T
        with torch.no_grad():
            before = logits(views)
        entropy = -(before.softmax(1) * before.log_softmax(1)).sum(1)
        kept = torch.argsort(entropy)[: int(32 * 0.2)]

        def marginal(output):
            mean = output.log_softmax(1).logsumexp(0) - math.log(len(output))
            return -(mean * mean.exp()).sum()

        for _ in range(steps):
            loss = marginal(logits(views[kept]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            pictures.append(
                {
                    **{"path": path, "seed": 200 + i, "augmix": mixed, "steps": steps, "kept": kept.tolist()},
                    "entropyBefore": marginal(before[kept]).item(),
                    "entropyAfter": marginal(logits(views[kept])).item(),
                    "before": before[0].softmax(0).tolist(),
                    "after": logits(views[:1])[0].softmax(0).tolist(),
                }
            )
    write("test-time-visual", {"task": "shifted", "borderFraction": pad / side, "learningRate": rate, "views": 32, "keep": 0.2, "pictures": pictures})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
