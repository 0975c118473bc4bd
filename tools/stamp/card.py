"""Writes the model card `public/models/stamp/README.md` from the measured figures (its own zero-shot, and the gains of the program's
`quick` recipe in docs/numbers), then the sha256 sums: card.py"""

from __future__ import annotations

import json
from pathlib import Path

import fonts
from export import write_atomically, write_sums

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "public/models/stamp"
MEASURED = HERE.parents[1] / "docs/numbers/three-tasks.json"


def zero_shot_rows(report: dict) -> str:
    rows = [f"| {name} | {r['classes']} | {r['correct']}/{r['total']} | {100 * r['accuracy']:.1f} % | {100 * r['wilson95'][0]:.1f}-{100 * r['wilson95'][1]:.1f} % |" for name, r in report["tasks"].items()]
    return "\n".join(rows)


def border_rows(rows: list[dict]) -> tuple[str, float]:
    """A line for each sample task, and the mean of their gains in points."""
    lines, gains = [], []
    for task in dict.fromkeys(r["dataset"] for r in rows):
        runs = [r for r in rows if r["dataset"] == task]
        before = runs[0]["zeroShot"]
        after = [100 * r["prompted"]["top1"] for r in runs]
        gains.append(sum(after) / len(after) - 100 * before["top1"])
        each = ", ".join(f"{a:.1f}" for a in after)
        lines.append(f"| {task} | {100 * before['top1']:.1f} % ({before['correct']}/{before['total']}) | {sum(after) / len(after):.1f} % | {each} | {gains[-1]:+.1f} |")
    return "\n".join(lines), sum(gains) / len(gains)


def card(report: dict, measured: dict) -> str:
    licences = [line.split("\t") for line in (HERE / "fonts.tsv").read_text().splitlines()]
    recipe = measured["recipe"]
    border, gain = border_rows(measured["rows"])
    text = (HERE / "card.md").read_text()
    fill = {
        "ZERO_SHOT": zero_shot_rows(report), "TEMPLATE": report["template"], "PICTURES": str(report["pictures"]), "SEED": str(report["seed"]),
        "BORDER": border, "MEAN_GAIN": f"{gain:.1f}", "STEPS": str(recipe["steps"]), "BATCH": str(recipe["batchSize"]), "RATE": str(recipe["learningRate"]),
        "SEEDS": ", ".join(str(seed) for seed in sorted({r["seed"] for r in measured["rows"]})),
        "TRAIN_FILES": str(len(fonts.font_files(False))), "HELD_OUT_FILES": str(len(fonts.font_files(True))),
        "HELD_OUT": ", ".join(fonts.HELD_OUT_FAMILIES), "FONTS": "\n".join(f"| {p} | {l} |" for p, l in licences),
    }
    for key, value in fill.items():
        text = text.replace(f"@{key}@", value)
    return text


if __name__ == "__main__":
    evaluation = json.loads((FOLDER / "evaluation.json").read_text())
    write_atomically(FOLDER / "README.md", card(evaluation, json.loads(MEASURED.read_text())).encode())
    write_sums(FOLDER)
