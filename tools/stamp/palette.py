"""Colours: named regions of RGB from which a picture's colours are drawn, and how far apart two of them are."""

from __future__ import annotations

import numpy as np

RGB = np.ndarray  # [3] float 0..255

# centre and half-width of a box in RGB, kept apart so that every name is unambiguous
_BOX: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "red": ((210, 30, 32), (35, 25, 25)),
    "orange": ((245, 138, 25), (10, 16, 22)),
    "yellow": ((245, 222, 40), (10, 18, 35)),
    "green": ((40, 155, 60), (35, 40, 35)),
    "blue": ((40, 80, 205), (35, 45, 40)),
    "purple": ((128, 45, 165), (25, 25, 30)),
    "pink": ((248, 145, 190), (7, 28, 22)),
    "brown": ((118, 70, 32), (22, 14, 14)),
    "black": ((20, 20, 20), (18, 18, 18)),
    "white": ((245, 245, 245), (10, 10, 10)),
    "gray": ((128, 128, 128), (28, 28, 28)),
}


def draw(name: str, rng: np.random.Generator) -> RGB:
    """One colour of this name."""
    centre, width = _BOX[name]
    if name in ("black", "white", "gray"):  # neutral: the three channels move together
        return np.clip(centre[0] + rng.uniform(-1, 1) * width[0] + rng.uniform(-5, 5, 3), 0, 255)
    return np.clip(np.array(centre) + rng.uniform(-1, 1, 3) * np.array(width), 0, 255)


def contrast(a: RGB, b: RGB) -> float:
    """A perceptual-ish distance: luminance counts most."""
    d = np.abs(a - b)
    return float(0.3 * d[0] + 0.55 * d[1] + 0.15 * d[2] + 0.25 * d.max())
