"""The fonts of Stamp's digits and letters: families seen in training, and families kept aside for test.

Families are split, not files: a bold cut of a training family is no held-out font. Clones stay on one side
(Nimbus Sans, TeX Gyre Heros, Liberation Sans and FreeSans are all Helvetica-like: training). Sources and licences:
see the model card. `install_fonts.sh` lists the Debian packages.
"""

from __future__ import annotations

import functools
import subprocess

from PIL import ImageFont

HELD_OUT_FAMILIES = [
    "Vollkorn", "Cabin", "Play", "Jura", "Karla", "Quattrocento", "Andika", "Caladea", "mononoki", "Dosis", "Prociono",
    "Junction", "Sora", "Cantarell", "Old Standard TT", "Averia Sans GWF", "Clear Sans", "Clear Sans Medium",
    "Comic Neue", "Fanwood", "Fanwood Text", "Roboto Slab",
]
# Not alphabets, or too ornamental to be read.
_NOT_TEXT = {
    "D050000L", "Standard Symbols PS", "Linux Biolinum Keyboard O", "DejaVu Math TeX Gyre", "Solide Mirage", "StayPuft",
    "Go Smallcaps", "Breip",
}
_TOO_THIN = ("Thin", "ExtraLight", "Extra Light", "Hairline")
_FILES_PER_FAMILY = 4


@functools.cache
def _installed() -> dict[str, list[str]]:
    listing = subprocess.run(
        ["fc-list", ":lang=en", "--format", "%{family[0]}\t%{style[0]}\t%{file}\n"], capture_output=True, text=True, check=True
    ).stdout
    families: dict[str, list[tuple[str, str]]] = {}
    for line in listing.splitlines():
        family, style, path = line.split("\t")
        if path.endswith((".ttf", ".otf")) and family not in _NOT_TEXT and not any(t in style for t in _TOO_THIN):
            families.setdefault(family, []).append((style, path))
    chosen: dict[str, list[str]] = {}
    for family in sorted(families):
        # one file per style name, regular and bold first: some packages hold several builds of one cut
        cuts = {style: path for style, path in sorted(families[family], reverse=True)}
        order = sorted(cuts, key=lambda s: (s not in ("Regular", "Bold", "Book", "Roman"), "Italic" in s or "Oblique" in s, s))
        chosen[family] = [cuts[s] for s in order[:_FILES_PER_FAMILY]]
    return chosen


@functools.cache
def font_files(held_out: bool) -> list[str]:
    """The font files of one side of the split, in a fixed order."""
    inside = set(HELD_OUT_FAMILIES)
    return [path for family, paths in _installed().items() if (family in inside) == held_out for path in paths]


@functools.lru_cache(maxsize=4096)
def load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
