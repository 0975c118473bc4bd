"""Reference values for the TypeScript side: tokens, embeddings and zero-shot counts, from PyTorch, as one small JSON file.

    reference.py --checkpoint /tmp/stamp/stamp.pt
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from border import class_weights, correct, read_split
from bpe import Tokenizer
from export import load
from train import normalise

ROOT = Path(__file__).parents[2]
PHRASES = [
    "a photo of a red circle", "This is a photo of three objects.", "this is a photo of the digit seven", "  THE  letter Q ",
    "two blue stars on a white background", "7", "a dog's café, wearing 12 sunglasses!?", "",
]


def rounded(x: torch.Tensor) -> list[float]:
    return [round(float(v), 6) for v in x]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="/tmp/stamp/stamp.pt")
    parser.add_argument("--out", default=str(ROOT / "tests/fixtures/stamp/reference.json"))
    args = parser.parse_args()
    model, tokenizer = load(args.checkpoint), Tokenizer.load(ROOT / "public/models/stamp")
    samples = json.loads((ROOT / "public/samples/index.json").read_text())
    report: dict = {"logit_scale": float(model.logit_scale.detach()), "vocabulary": tokenizer.size, "texts": [], "images": [], "zero_shot": []}
    with torch.no_grad():
        for phrase in PHRASES:
            ids = tokenizer.encode(phrase)
            report["texts"].append({"text": phrase, "input_ids": ids, "text_embeds": rounded(model.text(torch.tensor([ids]))[0])})
        files = [f"public/samples/{t['id']}/test/{t['classes'][k]['folder']}/000.png" for t, k in zip([*samples, samples[0]], (2, 4, 1, 5))]
        for name in files:
            pixels = normalise(np.asarray(Image.open(ROOT / name).convert("RGB"))[None])
            flat = pixels.flatten().double()
            report["images"].append({
                "path": name, "shape": list(pixels.shape), "sum": float(flat.sum()), "sum_of_squares": float((flat**2).sum()),
                "channel_means": [float(v) for v in pixels.double().mean((0, 2, 3))], "first_row_red": rounded(pixels[0, 0, 0, :8]),
                "image_embeds": rounded(model.vision(pixels)[0])})
        for task in samples:
            weights = class_weights(model, tokenizer, task["template"], [c["name"] for c in task["classes"]])
            entry = {"id": task["id"], "template": task["template"]}
            for split in ("val", "test"):
                data = read_split(ROOT / "public/samples" / task["id"] / split, [c["folder"] for c in task["classes"]])
                entry[split] = {"correct": correct(model, weights, data), "total": len(data.images)}
            report["zero_shot"].append(entry)
            print(entry)
    out = Path(args.out)
    temporary = out.with_suffix(".tmp")
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    os.replace(temporary, out)


if __name__ == "__main__":
    main()
