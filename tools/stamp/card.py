"""Writes the model card `public/models/stamp/README.md` from the measured figures, then the sha256 sums.

    card.py border.json   (border.json: what border.py --out wrote; kept beside the card's model as samples.json)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import fonts
from export import write_atomically, write_sums

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "public/models/stamp"


def zero_shot_rows(report: dict) -> str:
    rows = [f"| {name} | {r['classes']} | {r['correct']}/{r['total']} | {100 * r['accuracy']:.1f} % | {100 * r['wilson95'][0]:.1f}-{100 * r['wilson95'][1]:.1f} % |" for name, r in report["tasks"].items()]
    return "\n".join(rows)


def border_rows(results: list[dict]) -> str:
    rows = []
    for r in results:
        hits, total = r["zero_shot"]["test"]
        runs = ", ".join(f"{100 * x['test'][0] / x['test'][1]:.1f}" for x in r["prompted"])
        rows.append(f"| {r['id']} | {100 * hits / total:.1f} % ({hits}/{total}) | {100 * r['prompted_mean_test']:.1f} % | {runs} | {r['gain_points']:+.1f} |")
    return "\n".join(rows)


def card(report: dict, results: list[dict]) -> str:
    licences = [line.split("\t") for line in (HERE / "fonts.tsv").read_text().splitlines()]
    recipe = ", ".join(f"{k} {v}" for k, v in results[0]["recipe"].items())
    text = (HERE / "card.md").read_text()
    fill = {
        "ZERO_SHOT": zero_shot_rows(report), "TEMPLATE": report["template"], "PICTURES": str(report["pictures"]), "SEED": str(report["seed"]),
        "BORDER": border_rows(results), "RECIPE": recipe, "MEAN_GAIN": f"{sum(r['gain_points'] for r in results) / len(results):.1f}",
        "TRAIN_FILES": str(len(fonts.font_files(False))), "HELD_OUT_FILES": str(len(fonts.font_files(True))),
        "HELD_OUT": ", ".join(fonts.HELD_OUT_FAMILIES), "FONTS": "\n".join(f"| {p} | {l} |" for p, l in licences),
    }
    for key, value in fill.items():
        text = text.replace(f"@{key}@", value)
    return text


if __name__ == "__main__":
    results = json.loads(Path(sys.argv[1]).read_text())
    write_atomically(FOLDER / "samples.json", (json.dumps(results, indent=1) + "\n").encode())
    write_atomically(FOLDER / "README.md", card(json.loads((FOLDER / "evaluation.json").read_text()), results).encode())
    write_sums(FOLDER)
