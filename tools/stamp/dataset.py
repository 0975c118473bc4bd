"""Renders many training pictures once and keeps them on disk: `dataset.py --count 100000 --seed 1 --out /tmp/stamp/train`."""

from __future__ import annotations

import argparse
import multiprocessing
import time

import numpy as np

import fonts
import render
import scenes
from styles import TRAIN_STYLES

_CHUNK = 500


def picture(rng: np.random.Generator, held_out_fonts: bool) -> tuple[np.ndarray, np.ndarray]:
    """One picture uint8 [64, 64, 3] in a training style, and its labels."""
    scene, labels = scenes.draw_scene(rng, fonts.font_files(held_out_fonts))
    pixels = render.render(scene, rng)
    for name in rng.choice(list(TRAIN_STYLES), 2, replace=False):
        pixels = TRAIN_STYLES[name](pixels, rng)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), labels


def _chunk(job: tuple[int, int, bool]) -> tuple[np.ndarray, np.ndarray]:
    seed, index, held_out = job
    rng = np.random.default_rng([seed, index])
    drawn = [picture(rng, held_out) for _ in range(_CHUNK)]
    return np.stack([p for p, _ in drawn]), np.stack([l for _, l in drawn])


def build(count: int, seed: int, held_out_fonts: bool, workers: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """`count` pictures [N, 64, 64, 3] uint8 and labels [N, attributes] int8, the same for the same seed."""
    jobs = [(seed, i, held_out_fonts) for i in range((count + _CHUNK - 1) // _CHUNK)]
    with multiprocessing.Pool(workers) as pool:
        parts = pool.map(_chunk, jobs, chunksize=2)
    return np.concatenate([p for p, _ in parts])[:count], np.concatenate([l for _, l in parts])[:count]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out-fonts", action="store_true")
    parser.add_argument("--out", default="/tmp/stamp/train")
    args = parser.parse_args()
    started = time.time()
    images, labels = build(args.count, args.seed, args.held_out_fonts)
    np.save(f"{args.out}-images.npy", images)
    np.save(f"{args.out}-labels.npy", labels)
    print(f"{len(images)} pictures in {time.time() - started:.0f} s -> {args.out}-*.npy")
