"""A padding prompt learned by SPSA with gradient correction on Stamp in PyTorch, after trainers/vpour.py of BlackVIP with the
program's source of chance, for tests/methods/black-box.slow.test.ts. Writes tests/fixtures/methods/black-box.json:

    python tools/reference/black_box.py        (torch, onnx, numpy, Pillow; half a minute)
"""

import torch
import torch.nn.functional as F

from methods import batches, packed, sample, task, unit, write
from stamp_torch import LOGIT_SCALE, Random, Text, Tokenizer, Vision, normalised, picture

SETTINGS = {"a": 0.5, "offset": 1, "alpha": 0.4, "c": 0.01, "gamma": 0.1, "repeats": 2, "momentum": 0.3}


def class_embeddings(manifest):
    text, tokenizer = Text(), Tokenizer()
    sentences = [manifest["template"].replace("{}", c["name"].lower()) for c in manifest["classes"]]
    ids = [[tokenizer.start, *tokenizer.encode(s), tokenizer.end] for s in sentences]
    full = torch.tensor([i + [tokenizer.end] * (text.context - len(i)) for i in ids])
    return unit(text(text.table[full], torch.tensor([len(i) - 1 for i in ids])))


def main():
    manifest = task("digits")
    per_class, size, pad, side, seed, steps = 3, 16, 4, 64, 21, 12
    paths, labels = sample(manifest, "train", per_class)
    pixels = torch.stack([normalised(picture(p)) for p in paths])
    vision, classes = Vision(), class_embeddings(manifest)
    inner = side - 2 * pad
    shapes = [(1, 3, pad, side), (1, 3, pad, side), (1, 3, inner, pad), (1, 3, inner, pad)]
    random = Random(seed)
    theta = torch.cat([random.normals(*shape).flatten() for shape in shapes])

    def loss(values, rows):
        up, down, left, right = (v.reshape(s) for v, s in zip(values.split([3 * pad * side] * 2 + [3 * pad * inner] * 2), shapes))
        frame = torch.cat([up, torch.cat([left, torch.zeros(1, 3, inner, inner), right], 3), down], 2)
        return F.cross_entropy(LOGIT_SCALE * unit(vision(pixels[rows] + frame)) @ classes.T, labels[rows])

    velocity, losses = torch.zeros_like(theta), []
    with torch.no_grad():
        for k, rows in zip(range(1, steps + 1), batches(len(paths), size, seed)):
            a_k = SETTINGS["a"] / (k + SETTINGS["offset"]) ** SETTINGS["alpha"]
            c_k = SETTINGS["c"] / k ** SETTINGS["gamma"]
            random, estimates, means = Random(seed + (k - 1) * 2**32), [], []
            for _ in range(SETTINGS["repeats"]):
                drawn = []
                for _ in range(len(theta)):
                    magnitude = (random.uniform() + 1) / 2
                    drawn.append(magnitude if random.uniform() < 0.5 else -magnitude)
                delta = torch.tensor(drawn)
                right, left = loss(theta + c_k * delta, rows), loss(theta - c_k * delta, rows)
                estimates.append((right - left) / (2 * c_k * delta))
                means.append((right + left) / 2)
            estimate = torch.stack(estimates).mean(0)
            velocity = SETTINGS["momentum"] * velocity + estimate
            theta = theta - a_k * (estimate + SETTINGS["momentum"] * velocity)
            losses.append(torch.stack(means).mean().item())
    names = ["pad_up", "pad_down", "pad_left", "pad_right"]
    values = theta.split([3 * pad * side] * 2 + [3 * pad * inner] * 2)
    write(
        "black-box",
        {
            **{"task": "digits", "perClass": per_class, "batchSize": size, "seed": seed, "borderFraction": pad / side},
            **{"settings": SETTINGS, "losses": losses},
            "parameters": {n: packed(v.reshape(s)) for n, v, s in zip(names, values, shapes)},
        },
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
