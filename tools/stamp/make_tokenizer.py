"""Trains Stamp's vocabulary on its own grammar and a list of common English words, and writes the tokenizer's files."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

import grammar
from attributes import ATTRIBUTES
from bpe import Tokenizer, learn_merges, words_of

HERE = Path(__file__).parent
MERGES = 1100


def corpus(seed: int) -> Counter[str]:
    """Word counts: grammar phrases, plus every listed word often enough to be worth merges."""
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    for _ in range(300):
        for attribute in ATTRIBUTES:
            for phrase in grammar.phrases(attribute, rng):
                counts.update(words_of(phrase))
    # each common word weighs about as much as a rare grammar word
    counts.update({w: 60 for w in words_of((HERE / "words.txt").read_text())})
    return counts


def train(seed: int = 0) -> Tokenizer:
    return Tokenizer(learn_merges(corpus(seed), MERGES))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tokenizer = train()
    tokenizer.save(folder)
    print(f"{tokenizer.size} tokens -> {folder}")
