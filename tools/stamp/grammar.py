"""The grammar of Stamp's captions: phrases for every class of an attribute, and whole captions from several attributes."""

from __future__ import annotations

import numpy as np

from attributes import BACKGROUNDS, COLOURS, COLUMN, COUNTS, DIGITS, KINDS, LETTERS, NUMBER_WORDS, POSITIONS, SHAPES, SIZES, STYLES, TEXTURES

FRAMES = [
    "{}", "a photo of {}", "this is a photo of {}", "a picture of {}", "this is a picture of {}", "an image of {}",
    "a drawing of {}", "this is {}", "there is {}", "a small picture of {}", "a photograph of {}", "it is {}",
    "a picture with {}", "a close-up photo of {}", "i see {}", "this image shows {}", "a bad photo of {}", "a good photo of {}",
    "a cropped photo of {}", "a rendering of {}", "a painting of {}",
]
_THINGS = ["objects", "shapes", "things", "items", "pieces", "figures", "symbols"]
_THING = [t[:-1] for t in _THINGS]
_GROUND_FORMS = ["on a {} background", "in front of a {} background", "on {}", "with a {} background", "on a {} ground"]


def _pick(rng: np.random.Generator, options: list[str]) -> str:
    return options[rng.integers(len(options))]


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def plural(noun: str) -> str:
    if noun.endswith(("s", "x", "sh")):
        return noun + "es"
    return noun + "s"


def framed(phrase: str, rng: np.random.Generator, frame: str | None = None) -> str:
    """A noun phrase inside a frame, now and then with a final period."""
    return (frame or _pick(rng, FRAMES)).format(phrase) + ("." if rng.random() < 0.3 else "")


def _word_form(attribute: str, rng: np.random.Generator) -> list[str]:
    """Noun phrases for every class of an attribute, all in one form drawn at random."""
    synonyms = {"shape": SHAPES, "colour": COLOURS, "texture": TEXTURES, "style": STYLES, "position": POSITIONS, "size": SIZES, "background": BACKGROUNDS}
    if attribute in synonyms:
        # the canonical word half of the time
        words = [w[0] if rng.random() < 0.5 else _pick(rng, w) for w in synonyms[attribute].values()]
    thing = _pick(rng, _THING + ["shape", "object"])
    if attribute == "shape":
        form = rng.integers(5)
        return [[article(w), plural(w), f"the shape of {article(w)}", f"{w} shape", w][form] for w in words]
    if attribute == "colour":
        form = rng.integers(5)
        return [[article(f"{w} {thing}"), f"something {w}", w, f"{w} {thing}s", f"the colour {w}"][form] for w in words]
    if attribute in ("texture", "size"):
        form = rng.integers(3)
        return [[article(f"{w} {thing}"), f"something {w}", w][form] for w in words]
    if attribute == "style":
        form = rng.integers(3)
        return [[article(f"{w} {thing}"), f"{w} {thing}s", w][form] for w in words]
    if attribute == "position":
        form = rng.integers(3)
        return [[f"{article(thing)} {w}", f"something {w}", w][form] for w in words]
    if attribute == "background":
        form = rng.integers(3)
        return [[article(f"{w} background"), f"something on a {w} background", f"{article(thing)} on a {w} background"][form] for w in words]
    if attribute == "kind":
        form = rng.integers(2)
        return [[article(k), k][form] for k in KINDS]
    if attribute == "count":
        figures = rng.random() < 0.35
        numbers = [str(n) if figures else NUMBER_WORDS[n] for n in COUNTS]
        plural_thing = _pick(rng, _THINGS + ["objects", "shapes"])
        form = rng.integers(7)
        if form <= 3:
            return [f"{n} {plural_thing[:-1] if i == 0 else plural_thing}" for i, n in enumerate(numbers)]
        if form == 4:
            return [f"{'exactly' if figures else 'a group of'} {n} {plural_thing}" for n in numbers]
        if form == 5:
            return [f"a {n}" if figures else n for n in numbers]
        return [f"{n} {plural_thing}" for n in numbers]
    if attribute == "digit":
        figures = rng.random() < 0.5
        names = DIGITS if figures else NUMBER_WORDS
        form = _pick(rng, ["the digit {}", "the number {}", "{}", "a {}", "the figure {}", "number {}", "digit {}", "the numeral {}"])
        return [(article(n) if form == "a {}" and not figures else form.format(n)) for n in names]
    if attribute == "letter":
        form = _pick(rng, ["the letter {}", "letter {}", "{}", "a {}", "the capital letter {}", "the character {}", "a capital {}"])
        return [form.format(letter.lower()) for letter in LETTERS]
    raise ValueError(attribute)


def phrases(attribute: str, rng: np.random.Generator) -> list[str]:
    """One phrase per class of the attribute, in one random form and frame."""
    frame = _pick(rng, FRAMES) + ("." if rng.random() < 0.3 else "")
    return [frame.format(p) for p in _word_form(attribute, rng)]


def _say(table: dict[str, list[str]], label: int, rng: np.random.Generator) -> str:
    words = list(table.values())[label]
    return words[0] if rng.random() < 0.6 else _pick(rng, words)


def caption(labels: np.ndarray, rng: np.random.Generator) -> tuple[str, list[str]]:
    """A whole caption that is true of a picture, and the attributes that it states (a random subset of the known)."""
    known = {a for a, c in COLUMN.items() if labels[c] >= 0}
    at = {a: int(labels[COLUMN[a]]) for a in known}
    stated: list[str] = []

    def state(attribute: str, chance: float) -> bool:
        if attribute in known and rng.random() < chance:
            stated.append(attribute)
            return True
        return False

    adjectives = []
    if state("size", 0.35):
        adjectives.append(_say(SIZES, at["size"], rng))
    if state("style", 0.25):
        adjectives.append(_say(STYLES, at["style"], rng))
    if state("texture", 0.4):
        adjectives.append(_say(TEXTURES, at["texture"], rng))
    if state("colour", 0.7):
        adjectives.append(_say(COLOURS, at["colour"], rng))
    lead = " ".join(adjectives)
    if "digit" in known or "letter" in known:
        attribute = "digit" if "digit" in known else "letter"
        if state(attribute, 0.85):
            if attribute == "digit":
                name = _pick(rng, [NUMBER_WORDS[at["digit"]], DIGITS[at["digit"]]])
                noun = _pick(rng, [name, f"digit {name}", f"number {name}"])
            else:
                noun = _pick(rng, ["", "letter ", "capital letter "]) + LETTERS[at["letter"]].lower()
        else:
            stated.append("kind")
            noun = attribute
        phrase = article(f"{lead} {noun}".strip()) if rng.random() < 0.6 else f"the {lead} {noun}".replace("  ", " ")
    else:
        noun = _say(SHAPES, at["shape"], rng) if state("shape", 0.75) else _pick(rng, _THING)
        if "shape" not in stated:
            stated.append("kind")
        if state("count", 0.7):
            n = COUNTS[at["count"]]
            number = str(n) if rng.random() < 0.3 else NUMBER_WORDS[n]
            phrase = article(f"{lead} {noun}".strip()) if n == 1 and rng.random() < 0.6 else f"{number} {lead} {noun if n == 1 else plural(noun)}"
        else:
            phrase = f"{lead} {plural(noun)}"
        phrase = " ".join(phrase.split())
    if state("position", 0.4):
        phrase += " " + _say(POSITIONS, at["position"], rng)
    if state("background", 0.3):
        phrase += " " + _pick(rng, _GROUND_FORMS).format(_say(BACKGROUNDS, at["background"], rng))
    return framed(phrase, rng), stated
