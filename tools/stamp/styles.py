"""How a picture is finished. TRAIN_STYLES are all that Stamp ever sees; HELD_OUT_STYLES exist only in the sample tasks.

Each style is a function (canvas float [H, W, 3] in 0..255, rng) -> canvas of the same shape, applied at 64x64.
"""

from __future__ import annotations

from typing import Callable

import numpy as np
from scipy import ndimage

Style = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def clean(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x


def soft(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slightly out of focus."""
    return ndimage.gaussian_filter(x, (s := rng.uniform(0.3, 0.7), s, 0))


def grainy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + rng.normal(0, rng.uniform(2, 6), x.shape)


def exposure(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A little darker or lighter, softer or harder."""
    return (x - 128) * rng.uniform(0.85, 1.1) + 128 + rng.uniform(-15, 15)


TRAIN_STYLES: dict[str, Style] = {"clean": clean, "soft": soft, "grainy": grainy, "exposure": exposure}


def _grey(x: np.ndarray) -> np.ndarray:
    return x @ np.array([0.299, 0.587, 0.114])


def _lines(x: np.ndarray, blur: float) -> np.ndarray:
    """How strong an edge each point lies on, 0..1."""
    g = ndimage.gaussian_filter(x, (blur, blur, 0))
    magnitude = np.sqrt(sum(ndimage.sobel(g[..., c], a) ** 2 for c in range(3) for a in (0, 1)))
    return np.clip(1.2 * magnitude / max(float(np.percentile(magnitude, 98)), 1e-6), 0, 1)[..., None]


def edges(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An edge drawing: dark lines on paper."""
    ink = _lines(x, 0.7)
    return (np.array([238, 234, 224]) + rng.uniform(-8, 8)) * (1 - ink) + 40 * ink


def pencil(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A pencil sketch: grey, uneven lines on yellowish paper with large soft stains."""
    ink = _lines(x, 0.6) * np.clip(0.62 + 0.35 * ndimage.gaussian_filter(rng.normal(0, 1, (64, 64, 1)), (2, 2, 0)) * 5, 0.2, 0.85)
    stains = ndimage.gaussian_filter(rng.normal(0, 1, (64, 64, 1)), (7, 7, 0)) * 14
    paper = np.array([226, 214, 186]) + rng.uniform(-10, 10) + 9 * stains
    return paper * (1 - ink) + np.array([80, 78, 84]) * ink


def chalk(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Chalk lines on a wiped blackboard."""
    ink = _lines(x, 0.6) * np.clip(0.7 + 0.3 * ndimage.gaussian_filter(rng.normal(0, 1, (64, 64, 1)), (1, 1, 0)) * 3, 0.3, 1)
    smears = ndimage.gaussian_filter(rng.normal(0, 1, (64, 64, 1)), (3, 12, 0)) * 20
    board = np.array([44, 62, 52]) + rng.uniform(-6, 6) + 14 * np.abs(smears)
    return board * (1 - ink) + np.array([222, 222, 214]) * ink


def embossed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey relief, lit from the top left."""
    g = ndimage.gaussian_filter(_grey(x), 0.6)
    relief = g - np.roll(g, (1, 1), (0, 1))
    relief[:1], relief[:, :1] = 0, 0
    relief = relief / max(float(np.abs(relief).max()), 20.0)
    return np.repeat((128 + 110 * relief)[..., None], 3, 2)


def night(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A night-vision camera: green, dark, low contrast, noisy."""
    g = _grey(x)
    g = 20 + (g - g.min()) / max(float(np.ptp(g)), 1.0) * rng.uniform(60, 90)
    g = g + rng.normal(0, 9, g.shape)
    return np.stack([g * 0.35, g * 1.25, g * 0.45], -1)


def fog(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fog: washed out towards white, blurred."""
    x = ndimage.gaussian_filter(x, (0.9, 0.9, 0))
    thick = rng.uniform(0.62, 0.78)
    return x * (1 - thick) + 205 * thick + rng.normal(0, 2, x.shape)


def thermal(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A thermal camera's false colours: dark violet, red, yellow by brightness."""
    g = ndimage.gaussian_filter(_grey(x), 0.8)
    g = (g - g.min()) / max(float(np.ptp(g)), 1.0)
    stops = np.array([[20, 10, 60], [120, 20, 130], [225, 60, 50], [250, 170, 30], [255, 250, 190]], float)
    return np.stack([np.interp(g, np.linspace(0, 1, 5), stops[:, c]) for c in range(3)], -1)


def negative(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A black-and-white photographic negative, low in contrast."""
    return np.repeat(((255 - _grey(x)) * 0.55 + 60)[..., None], 3, 2)


def mosaic(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Large tiles."""
    k = 4
    h, w, _ = x.shape
    tiles = x.reshape(h // k, k, w // k, k, 3).mean((1, 3))
    return np.kron(tiles, np.ones((k, k, 1)))


HELD_OUT_STYLES: dict[str, Style] = {
    "edges": edges, "pencil": pencil, "chalk": chalk, "embossed": embossed, "night": night, "fog": fog, "thermal": thermal, "negative": negative, "mosaic": mosaic,
}

assert not set(TRAIN_STYLES) & set(HELD_OUT_STYLES), "a held-out style leaked into training"
