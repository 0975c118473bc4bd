"""Phase one: the vision tower alone, with one linear head per attribute (thrown away afterwards).

    pretrain.py --steps 2500 --out /tmp/stamp/vision.pt

Heads on the class token, on the mean patch token and on the pooled stem: the last two are short paths that teach the convolutions
shapes within minutes, where the class token alone sits on a plateau. No text is encoded, so a step costs half of a CLIP step.
"""

from __future__ import annotations

import argparse
import math
import os
import time

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from torch import Tensor, nn

import workers
from attributes import ATTRIBUTES, COLUMN, SIZES_OF
from model import Config, Stamp
from train import WEIGHT, jitter, normalise


class Heads(nn.Module):
    """Linear classifiers of every attribute, as one matrix."""

    def __init__(self, width: int):
        super().__init__()
        self.all = nn.Linear(width, sum(SIZES_OF.values()))
        self.sizes = list(SIZES_OF.values())

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.all(x.float()).split(self.sizes, 1)


class Pupil(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.stamp = Stamp(config)
        self.main, self.patches, self.pooled = Heads(config.width), Heads(config.width), Heads(config.stem[-1])

    def forward(self, pixels: Tensor) -> list[tuple[Tensor, ...]]:
        vision = self.stamp.vision
        stem: list[Tensor] = []
        hook = vision.embeddings.stem.register_forward_hook(lambda m, i, o: stem.append(o))
        tokens = vision.tokens(pixels)
        hook.remove()
        return [self.main(vision.post_layernorm(tokens[:, 0])), self.patches(tokens[:, 1:].mean(1)), self.pooled(stem[0].mean((2, 3)))]


def loss_of(scores: tuple[Tensor, ...], labels: Tensor) -> Tensor:
    """The sum over attributes; an attribute that no picture of the batch has counts nothing (its mean would be 0/0)."""
    total = scores[0].new_zeros(())
    for i, (attribute, s) in enumerate(zip(ATTRIBUTES, scores)):
        known = (labels[:, i] >= 0).sum().clamp(min=1)
        total = total + WEIGHT[attribute] * F.cross_entropy(s, labels[:, i], ignore_index=-1, reduction="sum") / known
    return total


@torch.no_grad()
def accuracy(pupil: Pupil, images: np.ndarray, labels: np.ndarray) -> str:
    parts = []
    vision = pupil.stamp.vision
    for i in range(0, len(images), 250):
        scores = pupil.main(vision.post_layernorm(vision.tokens(normalise(images[i : i + 250]))[:, 0]))
        parts.append(np.stack([s.argmax(1).numpy() for s in scores], 1))
    guess = np.concatenate(parts)
    return " ".join(f"{a} {(guess[:, i] == labels[:, i])[labels[:, i] >= 0].mean():.3f}" for i, a in enumerate(ATTRIBUTES))


def main(rank: int, args: argparse.Namespace) -> None:
    workers.join(rank, 29518)
    torch.manual_seed(args.seed)
    pupil = Pupil(Config())
    images, labels = np.load(args.data + "-images.npy", mmap_mode="r"), np.load(args.data + "-labels.npy")
    check = np.load(args.check + "-images.npy")[:2000], np.load(args.check + "-labels.npy")[:2000]
    large = np.flatnonzero(labels[:, COLUMN["size"]] == 1)
    average = workers.Average(pupil)
    if args.start:
        pupil.load_state_dict(torch.load(args.start)["pupil"])
    optimiser = workers.adamw(pupil, args.rate)
    parameters = list(pupil.parameters())
    rng = np.random.default_rng([args.seed, rank])
    started, running = time.time(), 0.0
    for step in range(args.steps):
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 150) * (0.55 + 0.45 * math.cos(math.pi * step / args.steps))
        pick = rng.integers(0, len(images), args.batch)
        if step < 0.4 * args.steps:  # large things first: they break the plateau sooner
            most = int(0.75 * args.batch)
            pick[:most] = large[rng.integers(0, len(large), most)]
        target = torch.from_numpy(np.maximum(labels[pick], -1).astype(np.int64))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = pupil(normalise(jitter(images[pick], rng)))
        parts = [loss_of(s, target) for s in scores]
        loss = parts[0] + 0.3 * (parts[1] + parts[2])
        optimiser.zero_grad()
        loss.backward()
        workers.average_gradients(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        average.update(pupil, step)
        running = 0.98 * running + 0.02 * parts[0].item()
        late = workers.too_late(step, started, args.minutes)
        if rank == 0 and (step + 1) % 100 == 0:
            print(f"vision step {step + 1} {time.time() - started:.0f}s loss {running:.3f}", flush=True)
        if rank == 0 and ((step + 1) % 500 == 0 or step + 1 == args.steps or late):
            print("  held out: " + accuracy(average.model, *check), flush=True)
            torch.save({"vision": average.model.stamp.vision.state_dict(), "pupil": average.model.state_dict(), "step": step + 1}, args.out + ".tmp")
            os.replace(args.out + ".tmp", args.out)
        if late:
            break


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=20, help="a safety stop")
    parser.add_argument("--batch", type=int, default=48, help="pictures per worker and step")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", default="/tmp/stamp/train")
    parser.add_argument("--check", default="/tmp/stamp/check")
    parser.add_argument("--start", default=None, help="go on from this checkpoint")
    parser.add_argument("--out", default="/tmp/stamp/vision.pt")
    multiprocessing.spawn(main, args=(parser.parse_args(),), nprocs=workers.WORKERS)
