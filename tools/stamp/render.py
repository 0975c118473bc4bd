"""Draws one scene (a dict of what to draw) on a supersampled canvas and brings it down to 64x64."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

import fonts
import shapes
from palette import RGB

SIZE = 64
SCALE = 3  # supersampling


@dataclass
class Thing:
    """One object: a shape or a glyph."""

    what: str                        # shape name or character
    centre: tuple[float, float]      # in output pixels
    radius: float                    # in output pixels (half the height of a glyph)
    colour: RGB
    turn: float = 0.0
    drawing: str = "filled"          # filled | outlined | shadowed
    texture: str = "plain"
    texture_colour: RGB | None = None
    font: str | None = None          # set for glyphs


@dataclass
class Scene:
    background: RGB
    pattern: str = "flat"            # flat | gradient | speckled | bands
    second: RGB | None = None        # the pattern's other colour
    things: list[Thing] = field(default_factory=list)


def ground(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The background [H, W, 3] at canvas size."""
    n = SIZE * SCALE
    base = np.broadcast_to(scene.background, (n, n, 3)).astype(np.float32)
    if scene.pattern == "flat" or scene.second is None:
        return base.copy()
    y, x = np.mgrid[0:n, 0:n].astype(np.float32) / n - 0.5
    a = rng.uniform(0, 2 * np.pi)
    along = np.cos(a) * x + np.sin(a) * y
    if scene.pattern == "gradient":
        t = np.clip(along + 0.5, 0, 1)
    elif scene.pattern == "bands":
        t = 0.5 + 0.5 * np.sin(along * 2 * np.pi * rng.uniform(2, 4))
    else:  # speckled: coarse noise
        coarse = rng.uniform(0, 255, (8, 8)).astype(np.uint8)
        t = np.asarray(Image.fromarray(coarse).resize((n, n), Image.Resampling.BICUBIC), np.float32) / 255
    return base + (scene.second.astype(np.float32) - base) * t[..., None]


def _mask(thing: Thing) -> Image.Image:
    """Where this thing puts ink, as an 8-bit mask at canvas size."""
    n = SIZE * SCALE
    mask = Image.new("L", (n, n), 0)
    draw = ImageDraw.Draw(mask)
    cx, cy, r = thing.centre[0] * SCALE, thing.centre[1] * SCALE, thing.radius * SCALE
    if thing.font is not None:
        glyph = glyph_image(thing.what, thing.font, int(round(2 * r)), thing.turn)
        mask.paste(glyph, (int(round(cx - glyph.width / 2)), int(round(cy - glyph.height / 2))))
        return mask
    points = [tuple(p) for p in shapes.outline(thing.what, (cx, cy), r, thing.turn)]
    hole = [tuple(p) for p in shapes.outline(thing.what, (cx, cy), r * shapes.RING_HOLE, thing.turn)]
    if thing.drawing == "outlined":
        width = max(int(round(max(0.13 * r, 1.1 * SCALE))), 2)
        draw.line([*points, points[0], points[1]], fill=255, width=width, joint="curve")
        if thing.what == "ring":
            draw.line([*hole, hole[0], hole[1]], fill=255, width=width, joint="curve")
    else:
        draw.polygon(points, fill=255)
        if thing.what == "ring":
            draw.polygon(hole, fill=0)
    return mask


def glyph_image(character: str, font: str, height: int, turn: float) -> Image.Image:
    """One character, cropped to its ink and scaled so that its ink is `height` tall (at most as wide)."""
    face = fonts.load(font, 96)
    left, top, right, bottom = face.getbbox(character)
    glyph = Image.new("L", (right - left + 4, bottom - top + 4), 0)
    ImageDraw.Draw(glyph).text((2 - left, 2 - top), character, font=face, fill=255)
    k = min(height / max(glyph.height, 1), 1.15 * height / max(glyph.width, 1))
    glyph = glyph.resize((max(int(glyph.width * k), 2), max(int(glyph.height * k), 2)), Image.Resampling.BILINEAR)
    return glyph.rotate(turn, Image.Resampling.BILINEAR, expand=True) if turn else glyph


def _ink(thing: Thing) -> np.ndarray:
    """The thing's colour at every canvas point: flat, or textured."""
    n = SIZE * SCALE
    if thing.texture == "plain" or thing.texture_colour is None:
        return thing.colour.astype(np.float32)
    y, x = np.mgrid[0:n, 0:n].astype(np.float32) / SCALE
    a = np.deg2rad(thing.turn * 3 + 45)
    u, v = np.cos(a) * x + np.sin(a) * y, -np.sin(a) * x + np.cos(a) * y
    if thing.texture == "striped":
        on = np.sin(u * 2 * np.pi / 6) > 0.1
    elif thing.texture == "dotted":
        on = ((u % 6) - 3) ** 2 + ((v % 6) - 3) ** 2 < 2.1**2
    else:
        on = ((u // 4) + (v // 4)) % 2 < 1
    return np.where(on[..., None], thing.texture_colour, thing.colour).astype(np.float32)


def render(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The picture, float [64, 64, 3] in 0..255, before any finishing style."""
    return render_on(ground(scene, rng), scene)


def render_on(canvas: np.ndarray, scene: Scene) -> np.ndarray:
    """Draws a scene's things on a canvas (changed in place) and brings it down to 64x64."""
    for thing in scene.things:
        mask = _mask(thing)
        if thing.drawing == "shadowed":
            shadow = Image.new("L", mask.size, 0)
            shadow.paste(mask, (2 * SCALE, 2 * SCALE))
            _lay(canvas, shadow, np.zeros(3, np.float32), 0.6)
        _lay(canvas, mask, _ink(thing), 1.0)
    return canvas.reshape(SIZE, SCALE, SIZE, SCALE, 3).mean((1, 3))


def _lay(canvas: np.ndarray, mask: Image.Image, ink: np.ndarray, strength: float) -> None:
    """Blends ink (one colour, or one per point) into the canvas, touching only the mask's bounding box (for speed)."""
    box = mask.getbbox()
    if box is None:
        return
    x0, y0, x1, y1 = box
    region = canvas[y0:y1, x0:x1]
    alpha = np.asarray(mask.crop(box), np.float32)[..., None] * (strength / 255)
    region += ((ink if ink.ndim == 1 else ink[y0:y1, x0:x1]) - region) * alpha
