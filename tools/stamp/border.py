"""Learns a visual prompt (an additive border of pixels, Bahng et al. 2022) for a frozen Stamp in PyTorch: the yardstick of the samples.

    border.py --checkpoint /tmp/stamp/stamp.pt --samples public/samples --seeds 3

The border is added to the normalised picture (width 9 of 64, as 30 of 224), no clamp, no shrink; the loss is cross-entropy over
exp(logit_scale) * cosine. The step with the best validation accuracy is kept; test is looked at once, at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from bpe import Tokenizer
from export import load
from model import Stamp, unit
from train import normalise

WIDTH = 9


@dataclass(frozen=True)
class Recipe:
    optimiser: str = "adam"      # adam | sgd | normalised (momentum SGD on gradient / its norm)
    rate: float = 0.2
    steps: int = 280
    batch: int = 64
    warmup: int = 10
    shift: int = 2               # pictures move by up to this many pixels, edge repeated
    smoothing: float = 0.0
    evaluate_every: int = 70
    momentum: float = 0.9


@dataclass
class Split:
    images: np.ndarray           # uint8 [N, 64, 64, 3]
    labels: Tensor


def read_split(folder: Path, classes: list[str]) -> Split:
    files = [(p, i) for i, c in enumerate(classes) for p in sorted((folder / c).glob("*.png"))]
    return Split(np.stack([np.asarray(Image.open(p).convert("RGB")) for p, _ in files]), torch.tensor([i for _, i in files]))


@torch.no_grad()
def class_weights(model: Stamp, tokenizer: Tokenizer, template: str, names: list[str]) -> Tensor:
    """exp(logit_scale) * unit text embeddings, [classes, projection]."""
    texts = unit(model.text(torch.tensor([tokenizer.encode(template.format(n)) for n in names])))
    return texts * model.logit_scale.exp()


def frame(width: int = WIDTH, size: int = 64) -> Tensor:
    mask = torch.ones(1, 3, size, size)
    mask[:, :, width : size - width, width : size - width] = 0
    return mask


@torch.no_grad()
def correct(model: Stamp, weights: Tensor, split: Split, prompt: Tensor | float = 0.0) -> int:
    hits = 0
    for i in range(0, len(split.images), 256):
        logits = unit(model.vision(normalise(split.images[i : i + 256]) + prompt)) @ weights.T
        hits += int((logits.argmax(1) == split.labels[i : i + 256]).sum())
    return hits


def moved(x: Tensor, reach: int, rng: np.random.Generator) -> Tensor:
    padded = F.pad(x, (reach,) * 4, mode="replicate")
    size = x.shape[-1]
    offsets = rng.integers(0, 2 * reach + 1, (len(x), 2))
    return torch.stack([p[:, dy : dy + size, dx : dx + size] for p, (dy, dx) in zip(padded, offsets)])


def learn(model: Stamp, weights: Tensor, train: Split, val: Split, recipe: Recipe, seed: int) -> tuple[Tensor, int]:
    """The border with the best validation count (the zero border is a candidate too), and that count."""
    rng = np.random.default_rng(seed)
    mask = frame()
    prompt = torch.zeros_like(mask)
    speed, square = torch.zeros_like(mask), torch.zeros_like(mask)
    pixels = normalise(train.images)
    order = np.empty(0, int)
    best, best_hits = prompt.clone(), correct(model, weights, val)
    for step in range(recipe.steps):
        if len(order) < recipe.batch:
            order = np.concatenate([order, rng.permutation(len(pixels))])
        pick, order = order[: recipe.batch], order[recipe.batch :]
        x = pixels[pick] if not recipe.shift else moved(pixels[pick], recipe.shift, rng)
        prompt.requires_grad_(True)
        logits = unit(model.vision(x + prompt * mask)) @ weights.T
        loss = F.cross_entropy(logits, train.labels[pick], label_smoothing=recipe.smoothing)
        (gradient,) = torch.autograd.grad(loss, prompt)
        warm = min(1.0, (step + 1) / recipe.warmup)
        rate = recipe.rate * warm * (0.5 + 0.5 * math.cos(math.pi * step / recipe.steps))
        with torch.no_grad():
            if recipe.optimiser == "adam":
                speed.lerp_(gradient, 0.1)
                square.lerp_(gradient**2, 0.001)
                t = step + 1
                prompt = prompt - rate * (speed / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
            else:
                g = gradient / (gradient.norm() + 1e-12) if recipe.optimiser == "normalised" else gradient
                speed = recipe.momentum * speed + g
                prompt = prompt - rate * speed
            prompt = prompt * mask
        if (step + 1) % recipe.evaluate_every == 0 or step + 1 == recipe.steps:
            hits = correct(model, weights, val, prompt)
            if hits >= best_hits:
                best, best_hits = prompt.clone(), hits
    return best, best_hits


def measure(model: Stamp, tokenizer: Tokenizer, folder: Path, task: dict, recipe: Recipe, seeds: list[int]) -> dict:
    """Zero-shot against prompted, on one sample task."""
    classes = [c["folder"] for c in task["classes"]]
    train, val, test = (read_split(folder / task["id"] / s, classes) for s in ("train", "val", "test"))
    weights = class_weights(model, tokenizer, task["template"], [c["name"] for c in task["classes"]])
    zero = {s: [correct(model, weights, d), len(d.images)] for s, d in (("val", val), ("test", test))}
    runs = []
    for seed in seeds:
        started = time.time()
        prompt, hits = learn(model, weights, train, val, recipe, seed)
        runs.append({"seed": seed, "val": [hits, len(val.images)], "test": [correct(model, weights, test, prompt), len(test.images)], "seconds": round(time.time() - started, 1)})
    mean = float(np.mean([r["test"][0] for r in runs])) / len(test.images)
    gain = 100 * (mean - zero["test"][0] / len(test.images))
    return {"id": task["id"], "zero_shot": zero, "prompted": runs, "prompted_mean_test": round(mean, 4), "gain_points": round(gain, 2), "recipe": asdict(recipe)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).parents[2]
    parser.add_argument("--checkpoint", default="/tmp/stamp/stamp.pt")
    parser.add_argument("--model", default=str(root / "public/models/stamp"))
    parser.add_argument("--samples", default=str(root / "public/samples"))
    parser.add_argument("--only", nargs="*", default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", nargs="*", default=[], help="recipe fields, e.g. rate=0.2 optimiser=normalised")
    parser.add_argument("--out", default=None)
    args = parser.parse_args()
    recipe = Recipe()
    for pair in args.set:
        key, value = pair.split("=")
        recipe = replace(recipe, **{key: type(getattr(recipe, key))(value)})
    model, tokenizer = load(args.checkpoint), Tokenizer.load(Path(args.model))
    for p in model.parameters():
        p.requires_grad_(False)
    results = []
    for task in json.loads((Path(args.samples) / "index.json").read_text()):
        if args.only is None or task["id"] in args.only:
            results.append(measure(model, tokenizer, Path(args.samples), task, recipe, list(range(args.seeds))))
            r = results[-1]
            print(f"{r['id']:>16} zero-shot {r['zero_shot']['test'][0] / r['zero_shot']['test'][1]:.3f} -> {r['prompted_mean_test']:.3f} (+{r['gain_points']:.1f})  {[x['test'][0] for x in r['prompted']]}  {r['prompted'][0]['seconds']} s", flush=True)
    if args.out:
        Path(args.out).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
