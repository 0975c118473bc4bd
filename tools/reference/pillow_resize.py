"""What Pillow makes of a picture for every resize rule: tests/fixtures/pillow-resize.json, read by tests/data/resample.test.ts.

Pictures come from a formula that the test repeats, and results are kept as sha256, so nothing but text is committed.
Crops are torchvision's (int(round((H - S) / 2)), Python's rounding), as in openai/CLIP.

    python tools/reference/pillow_resize.py        (Pillow 11 or later, numpy)
"""

import hashlib
import json
import pathlib

import numpy
import PIL
from PIL import Image

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}

# width, height, fit, side, size
CASES = [
    (300, 200, "crop", 64, 64),
    (200, 301, "crop", 64, 64),
    (97, 61, "crop", 73, 64),
    (61, 97, "squash", 64, 64),
    (300, 200, "squash", 64, 64),
    (257, 129, "squash", 80, 64),
    (20, 31, "crop", 64, 64),
    (64, 100, "squash", 64, 64),
    (64, 100, "crop", 64, 64),
    (500, 7, "crop", 32, 31),
    (1, 1, "squash", 16, 16),
    (3, 2, "crop", 40, 33),
]


def picture(width, height):
    """Waves and noise, uint8 [height, width, 3]: i is the index of the value in the row-major array."""
    i = numpy.arange(width * height * 3, dtype=numpy.uint64)
    return ((i * 2654435761 % 4294967296 >> 13) % 256).astype(numpy.uint8).reshape(height, width, 3)


def prepared(image, fit, side, size, resample):
    width, height = image.size
    if fit == "squash":
        wanted = (side, side)
    else:
        shorter = min(width, height)
        wanted = tuple(side if edge == shorter else int(side * edge / shorter) for edge in (width, height))
    image = image.resize(wanted, resample)
    left, top = (int(round((edge - size) / 2)) for edge in image.size)
    return image.crop((left, top, left + size, top + size))


def main():
    cases = []
    for width, height, fit, side, size in CASES:
        for name, resample in FILTERS.items():
            image = prepared(Image.fromarray(picture(width, height)), fit, side, size, resample)
            planes = numpy.asarray(image).transpose(2, 0, 1).tobytes()
            cases.append(
                {
                    "width": width,
                    "height": height,
                    "fit": fit,
                    "side": side,
                    "size": size,
                    "filter": name,
                    "sha256": hashlib.sha256(planes).hexdigest(),
                }
            )
    path = pathlib.Path(__file__).parents[2] / "tests/fixtures/pillow-resize.json"
    rows = ",\n".join("    " + json.dumps(case) for case in cases)
    path.write_text('{\n  "pillow": "%s",\n  "cases": [\n%s\n  ]\n}\n' % (PIL.__version__, rows))


if __name__ == "__main__":
    main()
