"""How the three sample tasks were chosen: zero-shot and a short border on every candidate, on training and validation pictures only.

    choose.py --checkpoint /tmp/stamp/stamp.pt [--only count-beads ...] [--set rate=0.2]

Test pictures play no part. The choice is a choice: the model card says that these tasks were picked among candidates.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import tasks
from border import Recipe, Split, class_weights, correct, learn
from bpe import Tokenizer
from export import load
from samples import pictures

ROOT = Path(__file__).parents[2]


def split(task: tasks.Task, name: str, per_class: int) -> Split:
    drawn = [pictures(task, i, name, per_class) for i in range(len(task.names))]
    return Split(np.concatenate([np.stack(d) for d in drawn]), torch.arange(len(task.names)).repeat_interleave(per_class))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="/tmp/stamp/stamp.pt")
    parser.add_argument("--only", nargs="*", default=None)
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--zero", action="store_true", help="zero-shot only")
    args = parser.parse_args()
    recipe = Recipe(steps=120, batch=64, evaluate_every=60)
    for pair in args.set:
        key, value = pair.split("=")
        recipe = replace(recipe, **{key: type(getattr(recipe, key))(value)})
    model, tokenizer = load(args.checkpoint), Tokenizer.load(ROOT / "public/models/stamp")
    for p in model.parameters():
        p.requires_grad_(False)
    for task in tasks.CANDIDATES:
        if args.only is not None and task.id not in args.only:
            continue
        weights = class_weights(model, tokenizer, task.template, task.names)
        train, val = split(task, "train", 900 // len(task.names)), split(task, "val", 400 // len(task.names))
        total = len(val.images)
        line = f"{task.id:>16} zero-shot val {correct(model, weights, val) / total:.3f} train {correct(model, weights, train) / len(train.images):.3f}"
        if not args.zero:
            prompt, hits = learn(model, weights, train, val, recipe, 0)
            line += f" -> val {hits / total:.3f} train {correct(model, weights, train, prompt) / len(train.images):.3f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
