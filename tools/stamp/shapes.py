"""The twelve shapes as polygons in the unit square [-1, 1], y pointing down."""

from __future__ import annotations

import math

import numpy as np

Polygon = np.ndarray  # [K, 2]


def _regular(corners: int, turn: float = 0.0) -> Polygon:
    angle = np.arange(corners) * 2 * math.pi / corners + turn
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def _star() -> Polygon:
    points = _regular(10, -math.pi / 2)
    points[1::2] *= 0.42
    return points


def _heart() -> Polygon:
    t = np.linspace(0, 2 * math.pi, 60, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x / 17, (y + 2.5) / 15.5], 1)


def _cross() -> Polygon:
    w = 0.34
    return np.array([(-w, -1), (w, -1), (w, -w), (1, -w), (1, w), (w, w), (w, 1), (-w, 1), (-w, w), (-1, w), (-1, -w), (-w, -w)])


def _crescent() -> Polygon:
    outer = np.linspace(math.radians(40), math.radians(320), 40)
    tip = np.array([math.cos(outer[0]), math.sin(outer[0])])
    centre = 0.55
    radius = math.hypot(tip[0] - centre, tip[1])
    first = math.atan2(tip[1], tip[0] - centre)
    inner = np.linspace(-first, -(2 * math.pi - first), 40)
    a = np.stack([np.cos(outer), np.sin(outer)], 1)
    b = np.stack([centre + radius * np.cos(inner), radius * np.sin(inner)], 1)
    return np.concatenate([a, b])


def _arrow() -> Polygon:
    return np.array([(-1, -0.3), (0.1, -0.3), (0.1, -0.8), (1, 0), (0.1, 0.8), (0.1, 0.3), (-1, 0.3)])


def _drop() -> Polygon:
    arc = np.linspace(math.radians(-30), math.radians(210), 40)
    round_part = np.stack([0.66 * np.cos(arc), 0.34 + 0.66 * np.sin(arc)], 1)
    return np.concatenate([np.array([(0.0, -1.0)]), round_part])


OUTLINES: dict[str, Polygon] = {
    "circle": _regular(48) * 0.95,
    "square": np.array([(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
    "triangle": np.array([(0, -0.95), (0.98, 0.8), (-0.98, 0.8)]),
    "star": _star() * 1.08,
    "heart": _heart(),
    "cross": _cross(),
    "diamond": np.array([(0, -1.08), (0.66, 0), (0, 1.08), (-0.66, 0)]),
    "crescent": _crescent() * 1.05,
    "arrow": _arrow(),
    "ring": _regular(48),
    "hexagon": _regular(6) * 1.0,
    "drop": _drop(),
}
RING_HOLE = 0.55

# How far each shape may be turned (degrees): a square turned by 45 degrees would be a diamond.
TURN: dict[str, float] = {
    "circle": 180, "square": 14, "triangle": 25, "star": 36, "heart": 25, "cross": 14, "diamond": 12,
    "crescent": 180, "arrow": 180, "ring": 180, "hexagon": 30, "drop": 25,
}


def outline(shape: str, centre: tuple[float, float], radius: float, degrees: float) -> Polygon:
    """The polygon of one shape, placed and turned, in pixel coordinates."""
    a = math.radians(degrees)
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    return OUTLINES[shape] @ turn * radius + np.asarray(centre)
