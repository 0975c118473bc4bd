"""What Pillow makes of pictures by AugMix's operations: tests/fixtures/pillow-ops.json, read by tests/data/augment.test.ts.

Pictures come from a formula that the test repeats; results are kept as sha256.

    python tools/reference/pillow_ops.py        (Pillow 11 or later, numpy)
"""

import hashlib
import json
import pathlib

import numpy as np
import PIL
from PIL import Image, ImageOps

BILINEAR = Image.Resampling.BILINEAR


def affine(image, *matrix):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, resample=BILINEAR)


OPS = {
    "autocontrast": (lambda i, _: ImageOps.autocontrast(i), [0]),
    "equalize": (lambda i, _: ImageOps.equalize(i), [0]),
    "posterize": (ImageOps.posterize, [4, 2, 8]),
    "solarize": (ImageOps.solarize, [231, 256, 128, 0]),
    "rotate": (lambda i, v: i.rotate(v, resample=BILINEAR), [0, 1, 2, -1, -2, 17, 90, -30]),
    "shearX": (lambda i, v: affine(i, 1, v, 0, 0, 1, 0), [0.013, -0.03, 0.3]),
    "shearY": (lambda i, v: affine(i, 1, 0, 0, v, 1, 0), [0.013, -0.03, 0.3]),
    "translateX": (lambda i, v: affine(i, 1, 0, v, 0, 1, 0), [1, -7, 7]),
    "translateY": (lambda i, v: affine(i, 1, 0, 0, 0, 1, v), [1, -7, 7]),
}


def pictures():
    """Noise, a dark slope, and one colour; uint8 [S,S,3], i the index of a value in the row-major array."""
    for side in (32, 45):
        i = np.arange(side * side * 3, dtype=np.uint64)
        noise = (i * 2654435761 % 4294967296 >> 13) % 256
        slope = 40 + i // (side * 3) * 2 + i % 3 * 9
        for name, values in (("noise", noise), ("slope", slope), ("flat", i * 0 + 77)):
            yield name, side, values.astype(np.uint8).reshape(side, side, 3)


def boxes():
    """RandomResizedCrop's resize of a part, bilinear, and its mirror image."""
    _, side, pixels = list(pictures())[3]
    for left, top, width, height in [(0, 0, 45, 45), (3, 7, 20, 31), (10, 0, 33, 12), (5, 5, 32, 32), (44, 44, 1, 1)]:
        part = Image.fromarray(pixels).crop((left, top, left + width, top + height)).resize((32, 32), BILINEAR)
        yield {"box": [left, top, width, height], "sha256": sha(part), "mirrored": sha(ImageOps.mirror(part))}


def sha(image):
    return hashlib.sha256(np.asarray(image).transpose(2, 0, 1).tobytes()).hexdigest()


cases = [
    {"picture": name, "side": side, "op": op, "value": value, "sha256": sha(apply(Image.fromarray(pixels), value))}
    for name, side, pixels in pictures()
    for op, (apply, values) in OPS.items()
    for value in values
]
path = pathlib.Path(__file__).parents[2] / "tests/fixtures/pillow-ops.json"
lines = lambda rows: ",\n".join("  " + json.dumps(row) for row in rows)
path.write_text('{"pillow": "%s",\n"cases": [\n%s\n],\n"boxes": [\n%s\n]}\n' % (PIL.__version__, lines(cases), lines(boxes())))
