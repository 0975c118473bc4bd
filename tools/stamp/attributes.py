"""What a Stamp picture can be asked about: every attribute, its classes, and the words for each class.

The first word of each class is the canonical one (used for evaluation); the others are synonyms drawn at random
while training, so that the text tower learns that "disc" and "circle" mean one thing.
"""

from __future__ import annotations

SHAPES: dict[str, list[str]] = {
    "circle": ["circle", "disc", "disk"],
    "square": ["square"],
    "triangle": ["triangle"],
    "star": ["star"],
    "heart": ["heart"],
    "cross": ["cross", "plus sign"],
    "diamond": ["diamond", "rhombus"],
    "crescent": ["crescent", "moon", "crescent moon"],
    "arrow": ["arrow"],
    "ring": ["ring", "hoop"],
    "hexagon": ["hexagon"],
    "drop": ["drop", "teardrop", "water drop"],
}

COLOURS: dict[str, list[str]] = {
    "red": ["red"], "orange": ["orange"], "yellow": ["yellow"], "green": ["green"], "blue": ["blue"],
    "purple": ["purple", "violet"], "pink": ["pink"], "brown": ["brown"], "black": ["black"],
    "white": ["white"], "gray": ["gray", "grey"],
}

NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
COUNTS = [1, 2, 3, 4, 5, 6]
DIGITS = list("0123456789")
LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

TEXTURES: dict[str, list[str]] = {
    "plain": ["plain", "solid"],
    "striped": ["striped", "stripy"],
    "dotted": ["dotted", "spotted"],
    "checkered": ["checkered", "chequered", "checked"],
}

STYLES: dict[str, list[str]] = {
    "filled": ["filled"],
    "outlined": ["outlined", "hollow"],
    "shadowed": ["shadowed"],
}

POSITIONS: dict[str, list[str]] = {
    "top left": ["in the top left", "in the top left corner", "in the upper left"],
    "top": ["at the top", "at the top edge"],
    "top right": ["in the top right", "in the top right corner", "in the upper right"],
    "left": ["on the left", "on the left side"],
    "centre": ["in the centre", "in the center", "in the middle"],
    "right": ["on the right", "on the right side"],
    "bottom left": ["in the bottom left", "in the bottom left corner", "in the lower left"],
    "bottom": ["at the bottom", "at the bottom edge"],
    "bottom right": ["in the bottom right", "in the bottom right corner", "in the lower right"],
}

SIZES: dict[str, list[str]] = {"small": ["small", "little", "tiny"], "big": ["big", "large", "huge"]}

BACKGROUNDS = COLOURS
KINDS = ["shape", "digit", "letter"]

# attribute -> number of classes; the order is the column order of the label array.
SIZES_OF: dict[str, int] = {
    "kind": len(KINDS), "shape": len(SHAPES), "colour": len(COLOURS), "count": len(COUNTS), "texture": len(TEXTURES),
    "style": len(STYLES), "position": len(POSITIONS), "size": len(SIZES), "background": len(BACKGROUNDS),
    "digit": len(DIGITS), "letter": len(LETTERS),
}
ATTRIBUTES = list(SIZES_OF)
COLUMN = {name: i for i, name in enumerate(ATTRIBUTES)}

NOT_APPLICABLE = -2   # the attribute makes no sense here (the digit of a picture of stars): never true
UNKNOWN = -1          # the attribute is ambiguous here (a middle size): neither true nor false
