"""Draws random training scenes and their labels (one column per attribute, see attributes.py)."""

from __future__ import annotations

import numpy as np

import palette
import shapes
from attributes import (
    ATTRIBUTES, COLOURS, COLUMN, COUNTS, DIGITS, KINDS, LETTERS, NOT_APPLICABLE, SHAPES, STYLES, TEXTURES, UNKNOWN,
)
from render import SIZE, Scene, Thing

_SHAPES, _COLOURS, _TEXTURES, _STYLES = list(SHAPES), list(COLOURS), list(TEXTURES), list(STYLES)
_MIN_CONTRAST = 55.0


def pick_colours(rng: np.random.Generator, against: np.ndarray, minimum: float = _MIN_CONTRAST, avoid: str = "") -> tuple[str, np.ndarray]:
    """A named colour that stands out against another colour."""
    while True:
        name = _COLOURS[rng.integers(len(_COLOURS))]
        colour = palette.draw(name, rng)
        if name != avoid and palette.contrast(colour, against) >= minimum:
            return name, colour


def background(rng: np.random.Generator) -> tuple[Scene, str, bool]:
    """A background, its colour's name, and whether that name is certain."""
    name = _COLOURS[rng.integers(len(_COLOURS))]
    colour = palette.draw(name, rng)
    scene = Scene(colour)
    if rng.random() < 0.35:
        scene.pattern = ("gradient", "speckled", "bands")[rng.integers(3)]
        # a shade of the same colour: the name stays true and no object is drowned
        scene.second = np.clip(colour * rng.uniform(0.75, 1.25) + rng.uniform(-12, 12), 0, 255)
    return scene, name, scene.pattern == "flat"


def place(rng: np.random.Generator, radii: list[float], gap: float = 1.5, margin: float = 1.5) -> list[tuple[float, float]] | None:
    """Centres that keep the objects apart, or None when they did not fit."""
    centres: list[tuple[float, float]] = []
    for i, r in enumerate(radii):
        for _ in range(60):
            c = (rng.uniform(r + margin, SIZE - r - margin), rng.uniform(r + margin, SIZE - r - margin))
            if all(np.hypot(c[0] - d[0], c[1] - d[1]) > r + radii[j] + gap for j, d in enumerate(centres)):
                centres.append(c)
                break
        else:
            return None
    return centres


def place_surely(rng: np.random.Generator, count: int, largest: float, smallest: float = 5.0) -> tuple[list[float], list[tuple[float, float]]]:
    """Radii and centres; the objects shrink until they fit."""
    while True:
        base = rng.uniform(smallest, largest)
        radii = [base * rng.uniform(0.88, 1.12) for _ in range(count)]
        centres = place(rng, radii)
        if centres is not None:
            return radii, centres
        largest = max(smallest + 0.1, largest * 0.93)


def _position(centre: tuple[float, float]) -> int:
    """The cell of a 3x3 grid, or UNKNOWN near a line between cells."""
    cell = []
    for v in centre:
        t = v / SIZE
        cell.append(0 if t < 0.37 else 1 if 0.43 < t < 0.57 else 2 if t > 0.63 else UNKNOWN)
    return UNKNOWN if UNKNOWN in cell else cell[1] * 3 + cell[0]


def _empty_labels() -> np.ndarray:
    return np.full(len(ATTRIBUTES), NOT_APPLICABLE, np.int8)


def shape_scene(rng: np.random.Generator) -> tuple[Scene, np.ndarray]:
    """1..6 shapes: alike, of mixed colours, or of mixed kinds."""
    labels = _empty_labels()
    scene, ground_name, certain = background(rng)
    count = int(rng.choice(COUNTS, p=[0.3, 0.14, 0.14, 0.14, 0.14, 0.14]))
    largest = {1: 24, 2: 14, 3: 12.5, 4: 11, 5: 10, 6: 9}[count]
    radii, centres = place_surely(rng, count, largest, 6.0 if count == 1 else 5.0)
    mix = "alike" if count == 1 else ("alike", "colours", "kinds")[rng.choice(3, p=[0.65, 0.2, 0.15])]
    shape, drawing = _SHAPES[rng.integers(len(_SHAPES))], _STYLES[rng.choice(3, p=[0.6, 0.25, 0.15])]
    texture = "plain"
    if drawing != "outlined" and min(radii) >= 8 and rng.random() < 0.5:
        texture = _TEXTURES[rng.integers(1, 4)]
    colour_name, colour = pick_colours(rng, scene.background, avoid=ground_name)
    second = pick_colours(rng, colour, 70, colour_name)[1]
    turn_share = rng.uniform(-1, 1)
    for r, c in zip(radii, centres):
        kind = _SHAPES[rng.integers(len(_SHAPES))] if mix == "kinds" else shape
        tone = pick_colours(rng, scene.background, avoid=ground_name)[1] if mix == "colours" else colour
        turn = shapes.TURN[kind] * (turn_share if rng.random() < 0.5 else rng.uniform(-1, 1))
        scene.things.append(Thing(kind, c, r, tone, turn, drawing, texture, second))
    labels[COLUMN["kind"]] = KINDS.index("shape")
    labels[COLUMN["shape"]] = UNKNOWN if mix == "kinds" else _SHAPES.index(shape)
    # a textured shape has two colours; its ground colour keeps the name but it is no fair question
    labels[COLUMN["colour"]] = UNKNOWN if mix == "colours" or texture != "plain" else _COLOURS.index(colour_name)
    labels[COLUMN["count"]] = count - 1
    labels[COLUMN["texture"]] = _TEXTURES.index(texture) if drawing != "outlined" and min(radii) >= 8 else UNKNOWN
    labels[COLUMN["style"]] = _STYLES.index(drawing)
    labels[COLUMN["position"]] = _position(centres[0]) if count == 1 else UNKNOWN
    mean = float(np.mean(radii))
    labels[COLUMN["size"]] = (0 if mean < 10 else 1 if mean > 15 else UNKNOWN) if count == 1 else UNKNOWN
    labels[COLUMN["background"]] = _COLOURS.index(ground_name) if certain else UNKNOWN
    return scene, labels


def glyph_scene(rng: np.random.Generator, font_files: list[str], letter: bool) -> tuple[Scene, np.ndarray]:
    """One digit or capital letter."""
    labels = _empty_labels()
    scene, ground_name, certain = background(rng)
    colour_name, colour = pick_colours(rng, scene.background, avoid=ground_name)
    characters = LETTERS if letter else DIGITS
    i = int(rng.integers(len(characters)))
    half = rng.uniform(11, 25)
    reach = half + 3
    centre = (rng.uniform(reach, SIZE - reach), rng.uniform(reach, SIZE - reach))
    drawing = "shadowed" if rng.random() < 0.15 else "filled"
    font = font_files[rng.integers(len(font_files))]
    scene.things.append(Thing(characters[i], centre, half, colour, rng.uniform(-10, 10), drawing, font=font))
    labels[COLUMN["kind"]] = KINDS.index("letter" if letter else "digit")
    labels[COLUMN["letter" if letter else "digit"]] = i
    labels[COLUMN["colour"]] = _COLOURS.index(colour_name)
    labels[COLUMN["count"]] = UNKNOWN
    labels[COLUMN["style"]] = _STYLES.index(drawing)
    labels[COLUMN["position"]] = labels[COLUMN["texture"]] = UNKNOWN
    labels[COLUMN["size"]] = 0 if half < 13 else 1 if half > 19 else UNKNOWN
    labels[COLUMN["background"]] = _COLOURS.index(ground_name) if certain else UNKNOWN
    return scene, labels


def draw_scene(rng: np.random.Generator, font_files: list[str]) -> tuple[Scene, np.ndarray]:
    """A training scene: shapes 55 %, digits 20 %, letters 25 %."""
    u = rng.random()
    return shape_scene(rng) if u < 0.55 else glyph_scene(rng, font_files, letter=u >= 0.75)
