"""Reference values for src/evaluation, from SciPy, scikit-learn and NumPy. Writes tests/fixtures/evaluation.json.

Run: python tools/reference/evaluation.py    (scipy 1.17, scikit-learn 1.9)
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.calibration import calibration_curve

rng = np.random.default_rng(7)
N, CLASSES = 160, 4


def answers(skill):
    """Overconfident answers of a pretended classifier, probabilities rounded so that the file stays small."""
    right = rng.random(N) < skill
    top1 = np.where(right, labels, (labels + rng.integers(1, CLASSES, N)) % CLASSES)
    confidence = np.round(np.clip(0.3 + 0.7 * rng.beta(4, 1.5, N) - 0.1 * ~right, 0.26, 1), 4)
    return top1, confidence


def ece(confidence, right, edges=None):
    if edges is None:
        groups = np.array_split(np.argsort(confidence, kind="stable"), 15)
    else:
        which = np.digitize(confidence, edges[1:-1], right=True)
        groups = [np.flatnonzero(which == m) for m in range(len(edges) - 1)]
    return float(sum(len(g) / N * abs(right[g].mean() - confidence[g].mean()) for g in groups if len(g)))


def holm(p):
    order = np.argsort(p)
    out = np.empty(len(p))
    out[order] = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * np.asarray(p)[order]))
    return out.tolist()


labels = rng.integers(0, CLASSES, N)
before, after = answers(0.55), answers(0.7)
sides = {}
for name, (top1, confidence) in {"before": before, "after": after}.items():
    right = top1 == labels
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    sides[name] = {
        "top1": top1.tolist(),
        "confidence": confidence.tolist(),
        "ece": ece(confidence, right, np.linspace(0, 1, 16)),
        "adaptiveEce": ece(confidence, right),
        "reliability": {"accuracy": accuracy.tolist(), "confidence": mean.tolist()},
        "wilson": list(stats.binomtest(int(right.sum()), N).proportion_ci(method="wilson")),
    }
gain = (after[0] == labels).astype(float) - (before[0] == labels)
bootstrap = stats.bootstrap((gain,), np.mean, n_resamples=20000, method="percentile", rng=3).confidence_interval
perClass = []
for c in range(CLASSES):
    fixed, broken = int((gain[labels == c] > 0).sum()), int((gain[labels == c] < 0).sum())
    perClass.append(stats.binomtest(min(fixed, broken), fixed + broken, 0.5).pvalue)
fixed, broken = int((gain > 0).sum()), int((gain < 0).sum())

a, b = [0.61, 0.58, 0.64, 0.60, 0.63], [0.66, 0.65, 0.65, 0.67, 0.66]
def t_interval(x):
    return [float(v) for v in stats.t.interval(0.95, len(x) - 1, np.mean(x), stats.sem(x))]


out = {
    "classes": CLASSES,
    "labels": labels.tolist(),
    **sides,
    "difference": float(gain.mean()),
    "bootstrap": [float(bootstrap.low), float(bootstrap.high)],
    "mcnemar": stats.binomtest(min(fixed, broken), fixed + broken, 0.5).pvalue,
    "perClass": {"pValues": perClass, "holm": holm(perClass)},
    "student": [[d, float(stats.t.ppf(0.975, d)), float(2 * stats.t.sf(1.7, d))] for d in (1, 2, 3, 4, 7, 10, 29, 100)],
    "seeds": {
        "a": a,
        "b": b,
        "deviation": float(np.std(a, ddof=1)),
        "ci95": t_interval(a),
        "pairedCi95": t_interval(np.subtract(b, a)),
        "pairedPValue": float(stats.ttest_rel(b, a).pvalue),
    },
}
path = Path(__file__).parents[2] / "tests" / "fixtures" / "evaluation.json"
path.write_text(json.dumps(out) + "\n")
print(path, path.stat().st_size)
