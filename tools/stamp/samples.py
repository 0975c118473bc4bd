"""Renders the embedded sample tasks as ordinary image folders: `samples.py public/samples`.

Train, val and test come from different seeds of the same generator. Everything is the same for the same seed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

import tasks
from styles import HELD_OUT_STYLES, TRAIN_STYLES

SEED = 20260
SPLITS = ("train", "val", "test")


def folder_name(name: str) -> str:
    return name.replace(" ", "-")


def pictures(task: tasks.Task, index: int, split: str, count: int, seed: int = SEED) -> list[np.ndarray]:
    """uint8 pictures of one class of one split."""
    rng = np.random.default_rng([seed, SPLITS.index(split), index, *task.id.encode()])
    # 64 levels a channel: invisible, and a third off the size of the PNG files
    return [np.clip(np.rint(task.draw(index, rng) / 4) * 4, 0, 255).astype(np.uint8) for _ in range(count)]


def write(task: tasks.Task, root: Path, counts: dict[str, int]) -> int:
    """Writes one task beside the old one, then swaps the folders; returns its bytes."""
    fresh, old = root / f".{task.id}.new", root / f".{task.id}.old"
    shutil.rmtree(fresh, ignore_errors=True)
    size = 0
    for split in SPLITS:
        for index, name in enumerate(task.names):
            folder = fresh / split / folder_name(name)
            folder.mkdir(parents=True)
            for i, x in enumerate(pictures(task, index, split, counts[split])):
                path = folder / f"{i:03d}.png"
                Image.fromarray(x).save(path, optimize=True)
                size += path.stat().st_size
    final = root / task.id
    if final.exists():
        os.replace(final, old)
    os.replace(fresh, final)
    shutil.rmtree(old, ignore_errors=True)
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    args = parser.parse_args()
    assert not set(TRAIN_STYLES) & set(HELD_OUT_STYLES)
    root = Path(args.root)
    index = []
    for task in tasks.SAMPLES:
        size = write(task, root, tasks.COUNTS_PER_CLASS[task.id])
        files = len(task.names) * sum(tasks.COUNTS_PER_CLASS[task.id].values())
        print(f"{task.id}: {files} pictures, {size / 1e6:.1f} MB, {size / files:.0f} bytes each", flush=True)
        index.append({"id": task.id, "title": task.title, "description": task.description, "template": task.template,
                      "classes": [{"folder": folder_name(n), "name": n} for n in task.names], "seed": SEED, "echoes": task.echoes})
    temporary = root / "index.json.tmp"
    temporary.write_text(json.dumps(index, indent=2) + "\n")
    os.replace(temporary, root / "index.json")


if __name__ == "__main__":
    main()
