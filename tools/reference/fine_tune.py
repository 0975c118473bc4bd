"""All weights of Stamp's image tower learned in PyTorch, for tests/methods/fine-tune.slow.test.ts. Writes
tests/fixtures/methods/fine-tune.json: of each weight the norm of its first gradient and of its way in ten steps.

    python tools/reference/fine_tune.py        (torch, onnx, numpy, Pillow; seconds)
"""

import onnx
import torch
import torch.nn.functional as F

from black_box import class_embeddings
from methods import batches, sample, task, unit, write
from stamp_torch import LOGIT_SCALE, STAMP, Vision, normalised, picture


def main():
    manifest = task("digits")
    per_class, size, seed, steps, rate = 3, 12, 41, 10, 2e-3
    paths, labels = sample(manifest, "train", per_class)
    pixels = torch.stack([normalised(picture(p)) for p in paths])
    classes, vision = class_embeddings(manifest).detach(), Vision()
    names = [t.name for t in onnx.load(str(STAMP / "onnx/vision_model.onnx")).graph.initializer if t.dims]
    weights = {name: vision.w[name].requires_grad_() for name in names}
    first = {name: w.detach().clone() for name, w in weights.items()}
    optimiser = torch.optim.SGD(weights.values(), lr=rate, momentum=0.9)
    losses, gradients = [], {}
    for step, rows in zip(range(steps), batches(len(paths), size, seed)):
        loss = F.cross_entropy(LOGIT_SCALE * unit(vision(pixels[rows])) @ classes.T, labels[rows])
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: w.grad.norm().item() for name, w in weights.items()}
        optimiser.step()
        losses.append(loss.item())
    moved = {name: (w.detach() - first[name]).flatten() for name, w in weights.items()}
    found = {
        name: {"dims": list(w.shape), "gradient": gradients[name], "way": moved[name].norm().item(), "some": moved[name][:: max(1, len(moved[name]) // 4)].tolist()[:4]}
        for name, w in weights.items()
    }
    write("fine-tune", {"task": "digits", "perClass": per_class, "batchSize": size, "seed": seed, "rate": rate, "losses": losses, "weights": found})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
