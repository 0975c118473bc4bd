"""Phases two and three of Stamp's training: the text tower learns to name what the vision tower sees, then both learn together.

    train.py --vision /tmp/stamp/vision.pt --text-steps 1200 --joint-steps 1000 --out /tmp/stamp/stamp.pt

Cross-entropy of pictures against the whole phrase set of one attribute at a time, phrased by templates drawn afresh each step, plus
whole captions in batch. Plain in-batch contrast alone goes nowhere in minutes of CPU time: most captions of a batch differ in
several attributes and the easiest suffices. In the text phase the vision tower is frozen and its features are computed once.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from torch import Tensor

import grammar
import workers
from attributes import ATTRIBUTES, COLUMN, UNKNOWN
from bpe import Tokenizer
from model import Config, Stamp, unit

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)
# questions that are harder weigh more
WEIGHT = {
    "count": 1.5, "shape": 1.0, "digit": 1.0, "letter": 1.0, "colour": 0.7, "texture": 0.5, "style": 0.5, "position": 0.5,
    "background": 0.5, "size": 0.3, "kind": 0.3,
}
CAPTIONS = 32


def normalise(pictures: np.ndarray) -> Tensor:
    """uint8 [N, H, W, 3] -> normalised float [N, 3, H, W], CLIP's mean and deviation."""
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - MEAN) / STD


def jitter(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shifts each picture by up to 3 pixels, its edge repeated."""
    n, size = len(pictures), pictures.shape[1]
    index = np.arange(size)
    rows = np.clip(index[None] + rng.integers(-3, 4, (n, 1)), 0, size - 1)
    columns = np.clip(index[None] + rng.integers(-3, 4, (n, 1)), 0, size - 1)
    return pictures[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def caption_targets(stated: list[list[str]], owners: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[captions, pictures]: 1 where the caption is true of the picture, -1 where nobody can tell, 0 where it is false."""
    truth = np.ones((len(stated), len(labels)), np.int8)
    for row, (attributes, owner) in enumerate(zip(stated, owners)):
        for attribute in attributes:
            column = labels[:, COLUMN[attribute]]
            same = np.where(column == labels[owner, COLUMN[attribute]], 1, np.where(column == UNKNOWN, -1, 0))
            truth[row] = np.where(same == 0, 0, np.where((same == -1) & (truth[row] != 0), -1, truth[row]))
    return truth


class Batcher:
    """Draws pictures and the texts to ask of them."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, tokenizer: Tokenizer, seed: int):
        self.images, self.labels, self.tokenizer = images, labels, tokenizer
        self.rng = np.random.default_rng(seed)
        self.tokens: dict[str, list[int]] = {}

    def encode(self, texts: list[str]) -> Tensor:
        rows = []
        for t in texts:
            if t not in self.tokens:
                self.tokens[t] = self.tokenizer.encode(t)
            rows.append(self.tokens[t])
        ids = np.array(rows)
        longest = int((ids.argmax(1)).max()) + 1  # the rest is padding, which a causal tower never sees
        return torch.from_numpy(ids[:, :longest])

    def pick(self, size: int) -> np.ndarray:
        return self.rng.integers(0, len(self.labels), size)

    def ask(self, labels: np.ndarray) -> tuple[Tensor, list[slice], np.ndarray]:
        """Texts to ask of pictures with these labels: every attribute's phrases, and captions of the first pictures."""
        texts: list[str] = []
        spans: list[slice] = []
        for attribute in ATTRIBUTES:
            phrases = grammar.phrases(attribute, self.rng)
            spans.append(slice(len(texts), len(texts) + len(phrases)))
            texts += phrases
        said = [grammar.caption(labels[i], self.rng) for i in range(CAPTIONS)]
        spans.append(slice(len(texts), len(texts) + CAPTIONS))
        texts += [s[0] for s in said]
        return self.encode(texts), spans, caption_targets([s[1] for s in said], np.arange(CAPTIONS), labels)


def losses(scores: Tensor, labels: np.ndarray, spans: list[slice], truth: np.ndarray) -> dict[str, Tensor]:
    """Scores [pictures, texts] -> one loss per attribute, and one for the captions."""
    out: dict[str, Tensor] = {}
    for i, attribute in enumerate(ATTRIBUTES):
        target = torch.from_numpy(labels[:, i].astype(np.int64))
        known = target >= 0
        total = F.cross_entropy(scores[known][:, spans[i]], target[known], label_smoothing=0.03, reduction="sum")
        out[attribute] = total / max(int(known.sum()), 1)  # a batch may hold none
    block = scores[:, spans[-1]][:CAPTIONS]  # caption j belongs to picture j
    unfair = torch.from_numpy(truth[:, :CAPTIONS].T != 0) & ~torch.eye(CAPTIONS, dtype=torch.bool)
    block = block.masked_fill(unfair, -1e4)
    own = torch.arange(CAPTIONS)
    out["caption"] = (F.cross_entropy(block, own) + F.cross_entropy(block.T, own)) / 2
    return out


@torch.no_grad()
def accuracy(model: Stamp, tokenizer: Tokenizer, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """A quick look while training: fixed phrases, held-out fonts and seeds."""
    rng = np.random.default_rng(123)
    pictures = torch.cat([unit(model.vision(normalise(images[i : i + 500]))) for i in range(0, len(images), 500)])
    out = {}
    for i, attribute in enumerate(ATTRIBUTES):
        texts = unit(model.text(torch.tensor([tokenizer.encode(p, 16) for p in grammar.phrases(attribute, rng)])))
        known = labels[:, i] >= 0
        out[attribute] = float(((pictures @ texts.T).argmax(1).numpy()[known] == labels[known, i]).mean())
    return out


@torch.no_grad()
def features(model: Stamp, images: np.ndarray) -> Tensor:
    """What the frozen vision tower says before its projection, [N, width]."""
    vision = model.vision.eval()
    parts = []
    for i in range(0, len(images), 250):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            tokens = vision.tokens(normalise(images[i : i + 250]))
        parts.append(vision.post_layernorm(tokens[:, 0].float()))
    model.vision.train()
    return torch.cat(parts)


def main(rank: int, args: argparse.Namespace) -> None:
    workers.join(rank, 29517)
    torch.manual_seed(args.seed)
    tokenizer = Tokenizer.load(Path(args.tokenizer))
    config = Config(vocabulary=tokenizer.size)
    model = Stamp(config)
    model.vision.load_state_dict(torch.load(args.vision)["vision"])
    images, labels = np.load(args.data + "-images.npy", mmap_mode="r"), np.load(args.data + "-labels.npy")
    check = np.load(args.check + "-images.npy")[:2000], np.load(args.check + "-labels.npy")[:2000]
    batcher = Batcher(images, labels, tokenizer, args.seed + 1000 * rank)
    started = time.time()

    def say(text: str) -> None:
        if rank == 0:
            print(text, flush=True)

    def run(name: str, steps: int, batch: int, rate: float, see: Callable[[np.ndarray], Tensor], trained: list[torch.nn.Parameter]) -> None:
        for p in model.parameters():
            p.requires_grad_(False)
        for p in trained:
            p.requires_grad_(True)
        average = workers.Average(model)
        optimiser = workers.adamw(model, rate)
        running: dict[str, float] = {}
        for step in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            pick = batcher.pick(batch)
            ids, spans, truth = batcher.ask(labels[pick])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                pictures, texts = see(pick), model.text(ids)
            scores = model.logit_scale.exp() * unit(pictures.float()) @ unit(texts.float()).T
            parts = losses(scores, labels[pick], spans, truth)
            loss = sum(WEIGHT.get(k, 1.0) * v for k, v in parts.items())
            optimiser.zero_grad()
            loss.backward()
            workers.average_gradients(trained)
            torch.nn.utils.clip_grad_norm_(trained, 2.0)
            optimiser.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
            average.update(model, step)
            for k, v in parts.items():
                running[k] = 0.98 * running.get(k, v.item()) + 0.02 * v.item()
            late = workers.too_late(step, started, args.minutes)
            if (step + 1) % 100 == 0:
                say(f"{name} step {step + 1} {time.time() - started:.0f}s scale {model.logit_scale.exp().item():.1f} " + " ".join(f"{k} {v:.3f}" for k, v in running.items()))
            if rank == 0 and ((step + 1) % 400 == 0 or step + 1 == steps or late):
                say("  held out: " + " ".join(f"{k} {v:.3f}" for k, v in accuracy(average.model, tokenizer, *check).items()))
                torch.save({"config": config, "state": average.model.state_dict(), "step": step + 1, "seconds": time.time() - started, "seed": args.seed}, args.out + ".tmp")
                os.replace(args.out + ".tmp", args.out)
            if late:
                break
        model.load_state_dict(average.model.state_dict())

    text_side = [*model.text.parameters(), model.vision.visual_projection.weight, model.logit_scale]
    if args.text_steps:
        seen = features(model, images[: args.frozen_pictures])
        batcher.labels = labels[: args.frozen_pictures]
        say(f"features of {len(seen)} pictures in {time.time() - started:.0f} s")
        run("text", args.text_steps, 256, 1.5e-3, lambda pick: model.vision.visual_projection(seen[torch.from_numpy(pick)]), text_side)
        batcher.labels = labels
    if args.joint_steps:
        model.train()
        run("joint", args.joint_steps, args.batch, args.rate, lambda pick: model.vision(normalise(jitter(images[pick], batcher.rng))), list(model.parameters()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vision", default="/tmp/stamp/vision.pt")
    parser.add_argument("--text-steps", type=int, default=400)
    parser.add_argument("--joint-steps", type=int, default=1300)
    parser.add_argument("--frozen-pictures", type=int, default=16_000)
    parser.add_argument("--minutes", type=float, default=40, help="a safety stop")
    parser.add_argument("--batch", type=int, default=64, help="pictures per worker and joint step")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", default="/tmp/stamp/train")
    parser.add_argument("--check", default="/tmp/stamp/check")
    parser.add_argument("--tokenizer", default=str(Path(__file__).parents[2] / "public/models/stamp"))
    parser.add_argument("--out", default="/tmp/stamp/stamp.pt")
    return parser.parse_args()


if __name__ == "__main__":
    multiprocessing.spawn(main, args=(arguments(),), nprocs=workers.WORKERS)
