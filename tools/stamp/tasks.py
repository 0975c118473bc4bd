"""The sample tasks (and the candidates they were chosen from): pictures in styles, or with questions, that Stamp never saw.

Each task draws one picture of one class: (class index, rng) -> float [64, 64, 3]. Glyphs come from held-out fonts, finishing styles
from HELD_OUT_STYLES, and beads, wooden tables and clutter are drawn here and nowhere in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np
from PIL import Image
from scipy import ndimage

import fonts
import palette
import render
import scenes
from attributes import COLOURS, COUNTS, DIGITS, NUMBER_WORDS, SHAPES
from render import SIZE, Scene, Thing
from styles import HELD_OUT_STYLES

Draw = Callable[[int, np.random.Generator], np.ndarray]
_COLOURS, _SHAPES = list(COLOURS), list(SHAPES)
FIXED_CLASSES = {"count": [f"{NUMBER_WORDS[n]} object{'s' if n > 1 else ''}" for n in COUNTS], "digit": NUMBER_WORDS, "shape": _SHAPES}


@dataclass(frozen=True)
class Task:
    id: str
    title: str
    description: str
    template: str
    names: list[str]
    draw: Draw
    echoes: str


def wood(rng: np.random.Generator) -> np.ndarray:
    """A wooden table: long grain, two tones."""
    grain = rng.normal(0, 1, (SIZE, SIZE))
    grain = ndimage.gaussian_filter(grain, (0.8, 7)) * 5 + ndimage.gaussian_filter(rng.normal(0, 1, (SIZE, SIZE)), 9) * 14
    dark, light = np.array([120, 78, 44]), np.array([196, 146, 96])
    t = np.clip(0.5 + 0.35 * grain, 0, 1)[..., None]
    return (dark * (1 - t) + light * t) * rng.uniform(0.8, 1.1)


def clutter(rng: np.random.Generator) -> np.ndarray:
    """A busy street-like ground: soft blobs and bars of muted colours."""
    coarse = rng.uniform(40, 215, (5, 5, 3)).astype(np.uint8)
    x = np.asarray(Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BICUBIC), float)
    return x * 0.7 + x.mean() * 0.3


def beads(count: int, rng: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    """Shiny balls with soft shadows on a table, as in a rendered scene; sizes differ, they may nearly touch."""
    x = ground.copy()
    yy, xx = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    largest = {1: 12, 2: 11, 3: 10, 4: 9.5, 5: 9, 6: 8.5}[count]
    while True:
        radii = list(rng.uniform(5.0, largest, count))
        centres = scenes.place(rng, radii, gap=0.8, margin=2)
        if centres is not None:
            break
    for r, (cx, cy) in zip(radii, centres):
        shade = np.clip(1.15 - np.hypot((xx - cx - 0.35 * r) / (1.15 * r), (yy - cy - 0.7 * r) / (0.6 * r)), 0, 1)
        x *= 1 - 0.65 * shade[..., None]
    for r, (cx, cy) in zip(radii, centres):
        colour = palette.draw(_COLOURS[rng.integers(len(_COLOURS))], rng)
        u, v = (xx - cx) / r, (yy - cy) / r
        inside = np.clip((1 - np.hypot(u, v)) * r + 0.5, 0, 1)[..., None]
        light = np.clip(0.45 + 0.75 * np.sqrt(np.clip(1 - u**2 - v**2, 0, 1)) - 0.35 * (u + v) * 0.7, 0.15, 1.2)[..., None]
        gloss = np.exp(-((u + 0.38) ** 2 + (v + 0.42) ** 2) / 0.035)[..., None] * 200
        x += (np.clip(colour * light + gloss, 0, 255) - x) * inside
    return x


def count_beads(index: int, rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(beads(COUNTS[index], rng, wood(rng)), (0.6, 0.6, 0))


def count_styled(style: str) -> Draw:
    """Counting filled shapes, any colours, finished in a held-out style."""

    def draw(index: int, rng: np.random.Generator) -> np.ndarray:
        count = COUNTS[index]
        ground, name, _ = scenes.background(rng)
        radii, centres = scenes.place_surely(rng, count, {1: 20, 2: 14, 3: 12.5, 4: 11, 5: 10, 6: 9}[count], 5.0)
        shape = _SHAPES[rng.integers(len(_SHAPES))]
        for r, c in zip(radii, centres):
            colour = scenes.pick_colours(rng, ground.background, avoid=name)[1]
            ground.things.append(Thing(shape, c, r, colour, rng.uniform(-10, 10)))
        return HELD_OUT_STYLES[style](render.render(ground, rng), rng)

    return draw


def count_among(index: int, rng: np.random.Generator) -> np.ndarray:
    """Counting coloured shapes among pale grey blots that do not count."""
    count = COUNTS[index]
    scene = Scene(palette.draw("white", rng))
    radii, centres = scenes.place_surely(rng, count + 3, 8.5, 5.0)
    for i, (r, c) in enumerate(zip(radii, centres)):
        if i < count:
            colour = palette.draw(_COLOURS[rng.integers(0, 8)], rng)
            scene.things.append(Thing(_SHAPES[rng.integers(len(_SHAPES))], c, r, colour, rng.uniform(-10, 10)))
        else:
            scene.things.append(Thing("circle", c, r, np.full(3, rng.uniform(190, 215))))
    return render.render(scene, rng)


def house_number(index: int, rng: np.random.Generator, neighbours: bool = True, ground: Callable = clutter) -> np.ndarray:
    """A digit in the middle of a crop of a house number: cut-off neighbours left and right, muted colours, soft focus."""
    x = ground(rng)
    files = fonts.font_files(True)
    font = files[rng.integers(len(files))]
    wall = x.mean((0, 1))
    colour = scenes.pick_colours(rng, wall, 45)[1]
    turn = rng.uniform(-8, 8)
    half = rng.uniform(15, 22)
    centre = (32 + rng.uniform(-3, 3), 32 + rng.uniform(-3, 3))
    scene = Scene(wall, things=[Thing(DIGITS[index], centre, half, colour, turn, font=font)])
    if neighbours:
        for side in (-1, 1):
            if rng.random() < 0.75:
                away = half * rng.uniform(1.25, 1.45)
                spot = (centre[0] + side * away, centre[1] - side * np.tan(np.deg2rad(turn)) * away)
                scene.things.append(Thing(DIGITS[rng.integers(10)], spot, half, colour, turn, font=font))
    n = SIZE * render.SCALE
    big = np.asarray(Image.fromarray(np.clip(x, 0, 255).astype(np.uint8)).resize((n, n), Image.Resampling.BILINEAR), np.float32)
    pixels = render.render_on(big.copy(), scene)
    pixels = ndimage.gaussian_filter(pixels, (s := rng.uniform(0.5, 1.1), s, 0))
    return (pixels - 128) * rng.uniform(0.6, 0.95) + 128 + rng.uniform(-25, 25)


def shape_styled(style: str) -> Draw:
    """One filled shape in a held-out style."""

    def draw(index: int, rng: np.random.Generator) -> np.ndarray:
        scene, name, _ = scenes.background(rng)
        radius = rng.uniform(6.5, 15)
        centre = tuple(rng.uniform(radius + 3, SIZE - radius - 3, 2))
        colour = scenes.pick_colours(rng, scene.background, avoid=name)[1]
        shape = _SHAPES[index]
        turn = render.shapes.TURN[shape] * rng.uniform(-1, 1)
        scene.things.append(Thing(shape, centre, radius, colour, turn))
        return HELD_OUT_STYLES[style](render.render(scene, rng), rng)

    return draw


def digit_styled(style: str) -> Draw:
    def draw(index: int, rng: np.random.Generator) -> np.ndarray:
        scene, name, _ = scenes.background(rng)
        files = fonts.font_files(True)
        half = rng.uniform(13, 24)
        centre = tuple(rng.uniform(half + 3, SIZE - half - 3, 2))
        colour = scenes.pick_colours(rng, scene.background, avoid=name)[1]
        scene.things.append(Thing(DIGITS[index], centre, half, colour, rng.uniform(-10, 10), font=files[rng.integers(len(files))]))
        return HELD_OUT_STYLES[style](render.render(scene, rng), rng)

    return draw


def _candidate(id: str, names: list[str], template: str, draw: Draw) -> Task:
    return Task(id, id, id, template, names, draw, "")


COUNT_T, DIGIT_T, SHAPE_T = "This is a photo of {}", "This is a photo of the digit {}", "This is a photo of a {}"
CANDIDATES: list[Task] = [
    _candidate("count-beads", FIXED_CLASSES["count"], COUNT_T, count_beads),
    _candidate("count-among", FIXED_CLASSES["count"], COUNT_T, count_among),
    *(_candidate(f"count-{s}", FIXED_CLASSES["count"], COUNT_T, count_styled(s)) for s in HELD_OUT_STYLES),
    _candidate("digits-house", NUMBER_WORDS, DIGIT_T, house_number),
    *(_candidate(f"digits-{s}", NUMBER_WORDS, DIGIT_T, digit_styled(s)) for s in HELD_OUT_STYLES),
    *(_candidate(f"shapes-{s}", _SHAPES, SHAPE_T, shape_styled(s)) for s in HELD_OUT_STYLES),
]

SAMPLES: list[Task] = [
    Task("counting", "Counting beads", "How many shiny beads lie on the wooden table? Stamp has only ever counted flat shapes on plain grounds.",
         COUNT_T, FIXED_CLASSES["count"], count_beads, "CLEVR (Bahng et al. 2022): counting objects in rendered scenes"),
    Task("digits", "House numbers", "Which digit is in the middle? Its neighbours are cut off left and right, the wall is busy, the focus soft.",
         DIGIT_T, NUMBER_WORDS, house_number, "SVHN: digits cropped from house numbers, with neighbours"),
    Task("shifted", "Edge drawings", "Which shape is drawn? Stamp learned filled and outlined shapes in colour; these are pencil edges on paper.",
         SHAPE_T, _SHAPES, shape_styled("edges"), "WILDS: the same classes under a shift of style"),
]
COUNTS_PER_CLASS: dict[str, dict[str, int]] = {
    "counting": {"train": 150, "val": 50, "test": 170},
    "digits": {"train": 120, "val": 40, "test": 100},
    "shifted": {"train": 100, "val": 40, "test": 100},
}
