"""A padding prompt and CoOp's context learned together on Stamp in PyTorch, for tests/methods/joint-prompt.slow.test.ts.
Writes tests/fixtures/methods/joint.json:

    python tools/reference/joint.py        (torch, onnx, numpy, Pillow; seconds)
"""

import torch
import torch.nn.functional as F

from methods import Prompts, batches, packed, sample, task, unit, write
from stamp_torch import LOGIT_SCALE, Random, Text, Tokenizer, Vision, normalised, picture


def main():
    manifest = task("digits")
    per_class, size, pad, side, seed, steps = 4, 20, 5, 64, 31, 30
    rate, text_rate, places = 2.0, 0.02, 3
    paths, labels = sample(manifest, "train", per_class)
    pixels = torch.stack([normalised(picture(p)) for p in paths])
    vision, text, tokenizer = Vision(), Text(), Tokenizer()
    inner = side - 2 * pad
    random = Random(seed)
    shapes = {"pad_up": (pad, side), "pad_down": (pad, side), "pad_left": (inner, pad), "pad_right": (inner, pad)}
    border = {name: random.normals(1, 3, *shape).requires_grad_() for name, shape in shapes.items()}
    ctx = (0.02 * Random(seed).normals(places, text.table.shape[1])).requires_grad_()
    prompts = Prompts(text, tokenizer, [c["name"] for c in manifest["classes"]], places, "end")
    optimisers = [
        torch.optim.SGD(border.values(), lr=rate, momentum=0.9),
        torch.optim.SGD([ctx], lr=text_rate, momentum=0.9, weight_decay=5e-4),
    ]
    losses = []
    for _, rows in zip(range(steps), batches(len(paths), size, seed)):
        middle = torch.cat([border["pad_left"], torch.zeros(1, 3, inner, inner), border["pad_right"]], 3)
        frame = torch.cat([border["pad_up"], middle, border["pad_down"]], 2)
        logits = LOGIT_SCALE * unit(vision(pixels[rows] + frame)) @ unit(prompts.features(ctx)).T
        loss = F.cross_entropy(logits, labels[rows])
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        losses.append(loss.item())
    write(
        "joint",
        {
            **{"task": "digits", "perClass": per_class, "batchSize": size, "seed": seed, "borderFraction": pad / side},
            **{"places": places, "rate": rate, "textRate": text_rate, "losses": losses},
            "parameters": {name: packed(value) for name, value in {**border, "ctx": ctx}.items()},
        },
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
