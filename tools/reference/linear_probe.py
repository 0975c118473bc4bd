"""Reference values for src/methods/features/linear-probe.ts, from scikit-learn on Stamp's embeddings of a sample task.

    python tools/reference/linear_probe.py    (scikit-learn 1.9, onnxruntime; from the root of the repository)

Writes tests/fixtures/probe/digits.f16 (features of training and validation, float16 [N,D], one after the other) and
digits.json: labels, and for each C the validation answers and losses of scikit-learn as it comes (tol 1e-4, as
CLIP's README has it) and of a fit to the end (Newton's method, float64). Then the same for two classes, where scikit-learn's
loss is the binomial one, and for normalised features.
"""
import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
TASK, PER_CLASS = "digits", {"train": 30, "val": 30}
OUT = Path("tests/fixtures/probe")

task = next(t for t in json.loads(Path("public/samples/index.json").read_text()) if t["id"] == TASK)
preprocessor = json.loads(Path("public/models/stamp/preprocessor_config.json").read_text())
mean, std = (np.array(preprocessor[k], np.float32)[:, None, None] for k in ("image_mean", "image_std"))
session = onnxruntime.InferenceSession("public/models/stamp/onnx/vision_model.onnx", providers=["CPUExecutionProvider"])


def features(split):
    rows, labels = [], []
    for label, one in enumerate(task["classes"]):
        files = sorted(Path(f"public/samples/{TASK}/{split}/{one['folder']}").glob("*.png"))[: PER_CLASS[split]]
        for file in files:
            pixels = np.asarray(Image.open(file).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
            rows.append((pixels - mean) / std)
            labels.append(label)
    embeds = session.run(["image_embeds"], {"pixel_values": np.stack(rows)})[0]
    return embeds.astype(np.float16), np.array(labels)


def loss(model, x, y, c):
    """scikit-learn's objective over C n: mean cross-entropy plus |W|^2 / 2 C n, of one row of W where there are two classes."""
    logits = x @ model.coef_.T + model.intercept_
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    top = logits.max(1, keepdims=True)
    lse = top[:, 0] + np.log(np.exp(logits - top).sum(1))
    return float((lse - logits[np.arange(len(y)), y]).mean() + (model.coef_**2).sum() / (2 * c * len(y)))


def fits(train, val, cs):
    (x, y), (vx, vy) = train, val
    found = []
    for c in cs:
        plain = LogisticRegression(C=c, max_iter=1000).fit(x, y)
        exact = LogisticRegression(C=c, max_iter=1000, tol=1e-10, solver="newton-cg").fit(x, y)
        found.append({
            "C": c, "loss": loss(plain, x, y, c), "exactLoss": loss(exact, x, y, c),
            "correct": int((plain.predict(vx) == vy).sum()), "exactCorrect": int((exact.predict(vx) == vy).sum()),
            "iterations": int(plain.n_iter_[0]),
        })
        print(found[-1])
    return found


train, val = (features(split) for split in ("train", "val"))
OUT.mkdir(parents=True, exist_ok=True)
np.concatenate([train[0], val[0]]).tofile(OUT / "digits.f16")
doubles = lambda pair: (pair[0].astype(np.float64), pair[1])
unit = lambda pair: (pair[0].astype(np.float64) / np.linalg.norm(pair[0].astype(np.float64), axis=1, keepdims=True), pair[1])
two = lambda pair: (pair[0][pair[1] < 2].astype(np.float64), pair[1][pair[1] < 2])
report = {
    "width": int(train[0].shape[1]), "classes": len(task["classes"]),
    "train": train[1].tolist(), "val": val[1].tolist(),
    "raw": fits(doubles(train), doubles(val), [1e-6, 1e-4, 1e-2, 0.316, 1, 100, 1e4]),
    "normalised": fits(unit(train), unit(val), [0.01, 1, 100]),
    "twoClasses": fits(two(train), two(val), [0.01, 0.316, 100]),
}
(OUT / "digits.json").write_text(json.dumps(report, separators=(",", ":")) + "\n")
