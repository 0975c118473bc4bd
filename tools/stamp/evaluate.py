"""Honest zero-shot of Stamp on held-out pictures (new seeds, held-out fonts), by the exported ONNX graphs.

    evaluate.py public/models/stamp  ->  public/models/stamp/evaluation.json

Every attribute is asked in one fixed canonical phrasing; "shape and colour" (12 x 11 = 132 classes) and "digits and letters"
(36 classes, where 0/O and 1/I are often the same picture) are the tasks of more than twenty classes.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

import numpy as np
import onnxruntime

import dataset
from attributes import COLOURS, COLUMN, COUNTS, DIGITS, LETTERS, NUMBER_WORDS, POSITIONS, SHAPES, SIZES, STYLES, TEXTURES
from bpe import Tokenizer
from train import normalise

SEED, COUNT = 99_001, 6000
TEMPLATE = "This is a photo of {}"
_A = lambda words: [f"a{'n' if w[0] in 'aeiou' else ''} {w}" for w in words]
QUESTIONS: dict[str, list[str]] = {
    "shape": _A(SHAPES), "colour": [f"a {c} object" if c != "orange" else "an orange object" for c in COLOURS],
    "count": [f"{NUMBER_WORDS[n]} object{'s' if n > 1 else ''}" for n in COUNTS],
    "digit": [f"the digit {NUMBER_WORDS[i]}" for i in range(10)], "letter": [f"the letter {c}" for c in LETTERS],
    "texture": [f"a {t} object" for t in TEXTURES], "style": [f"{'an' if s[0] == 'o' else 'a'} {s} object" for s in STYLES],
    "position": [f"an object {p[0]}" for p in POSITIONS.values()], "size": [f"a {s} object" for s in SIZES],
    "background": [f"something on a {c} background" for c in COLOURS], "kind": ["a shape", "a digit", "a letter"],
}


def wilson(hits: int, total: int, z: float = 1.959964) -> list[float]:
    """The 95 % interval of a proportion."""
    p, d = hits / total, 1 + z * z / total
    middle, half = (p + z * z / (2 * total)) / d, z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / d
    return [round(middle - half, 4), round(middle + half, 4)]


class Graphs:
    """The exported model, as a user of the files would run it."""

    def __init__(self, folder: Path):
        load = lambda n: onnxruntime.InferenceSession(str(folder / "onnx" / f"{n}_model.onnx"), providers=["CPUExecutionProvider"])
        self.vision, self.text, self.tokenizer = load("vision"), load("text"), Tokenizer.load(folder)

    def images(self, pictures: np.ndarray) -> np.ndarray:
        parts = [self.vision.run(None, {"pixel_values": normalise(pictures[i : i + 250]).numpy()})[0] for i in range(0, len(pictures), 250)]
        return _unit(np.concatenate(parts))

    def texts(self, phrases: list[str]) -> np.ndarray:
        return _unit(self.text.run(None, {"input_ids": np.array([self.tokenizer.encode(p) for p in phrases])})[0])


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def score(pictures: np.ndarray, texts: np.ndarray, wanted: np.ndarray) -> dict:
    hits = int(((pictures @ texts.T).argmax(1) == wanted).sum())
    return {"classes": len(texts), "correct": hits, "total": len(wanted), "accuracy": round(hits / len(wanted), 4), "wilson95": wilson(hits, len(wanted))}


def evaluate(graphs: Graphs) -> dict[str, dict]:
    images, labels = dataset.build(COUNT, SEED, held_out_fonts=True)
    embeds = graphs.images(images)
    at = {a: labels[:, c].astype(int) for a, c in COLUMN.items()}
    out: dict[str, dict] = {}
    for attribute, phrases in QUESTIONS.items():
        known = at[attribute] >= 0
        out[attribute] = score(embeds[known], graphs.texts([TEMPLATE.format(p) for p in phrases]), at[attribute][known])
    single = (at["shape"] >= 0) & (at["colour"] >= 0) & (at["count"] == 0)
    both = [f"{a} {s}" for s in SHAPES for a in (f"an {c}" if c == "orange" else f"a {c}" for c in COLOURS)]
    out["colour and shape"] = score(embeds[single], graphs.texts([TEMPLATE.format(p) for p in both]), (at["shape"] * len(COLOURS) + at["colour"])[single])
    glyph = (at["digit"] >= 0) | (at["letter"] >= 0)
    characters = [f"the digit {d}" for d in DIGITS] + [f"the letter {c}" for c in LETTERS]
    wanted = np.where(at["digit"] >= 0, at["digit"], 10 + at["letter"])
    out["digits and letters"] = score(embeds[glyph], graphs.texts([TEMPLATE.format(p) for p in characters]), wanted[glyph])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    args = parser.parse_args()
    folder = Path(args.folder)
    results = evaluate(Graphs(folder))
    for name, r in results.items():
        print(f"{name:>20} {r['classes']:4d} classes  {r['correct']}/{r['total']} = {r['accuracy']:.3f}  {r['wilson95']}")
    report = {"what": "zero-shot top-1 on pictures of new seeds and held-out fonts", "seed": SEED, "pictures": COUNT, "template": TEMPLATE, "tasks": results}
    temporary = folder / "evaluation.json.tmp"
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    os.replace(temporary, folder / "evaluation.json")


if __name__ == "__main__":
    main()
