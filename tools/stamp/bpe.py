"""A CLIP-like byte-level BPE tokenizer: training of the merges, encoding, and the hub's `tokenizer.json`."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from pathlib import Path

CONTEXT = 32
START, END = "<|startoftext|>", "<|endoftext|>"
_SUFFIX = "</w>"
# CLIP's pre-tokenizer; \p{L} and \p{N} as Python's re can say them
_WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")
_HUB_WORD = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@functools.cache
def byte_letters() -> dict[int, str]:
    """GPT-2's bytes as printable letters."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in printable}
    for n, b in enumerate(b for b in range(256) if b not in letters):
        letters[b] = chr(256 + n)
    # CLIP's order of the vocabulary: printable bytes first
    return letters


def _symbols(word: str) -> tuple[str, ...]:
    letters = [byte_letters()[b] for b in word.encode()]
    return (*letters[:-1], letters[-1] + _SUFFIX)


def words_of(text: str) -> list[str]:
    return _WORD.findall(re.sub(r"\s+", " ", text).strip().lower())


def learn_merges(counts: Counter[str], how_many: int) -> list[tuple[str, str]]:
    """Plain BPE training; ties are broken alphabetically so that the result is the same everywhere."""
    spelled = {w: list(_symbols(w)) for w in counts}
    merges: list[tuple[str, str]] = []
    while len(merges) < how_many:
        pairs: Counter[tuple[str, str]] = Counter()
        for w, s in spelled.items():
            for pair in zip(s, s[1:]):
                pairs[pair] += counts[w]
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for s in spelled.values():
            i = 0
            while i < len(s) - 1:
                if (s[i], s[i + 1]) == best:
                    s[i : i + 2] = [s[i] + s[i + 1]]
                i += 1
    return merges


class Tokenizer:
    def __init__(self, merges: list[tuple[str, str]]):
        letters = list(byte_letters().values())
        names = [*letters, *(x + _SUFFIX for x in letters), *("".join(m) for m in merges), START, END]
        self.merges = merges
        self.ids = {name: i for i, name in enumerate(names)}
        assert len(self.ids) == len(names), "two merges spell the same token"
        self.rank = {m: i for i, m in enumerate(merges)}
        self._word = functools.cache(self._encode_word)

    @property
    def size(self) -> int:
        return len(self.ids)

    def _encode_word(self, word: str) -> list[int]:
        s = list(_symbols(word))
        while len(s) > 1:
            best = min(zip(s, s[1:]), key=lambda p: self.rank.get(p, 1 << 30))
            if best not in self.rank:
                break
            i = 0
            while i < len(s) - 1:
                if (s[i], s[i + 1]) == best:
                    s[i : i + 2] = ["".join(best)]
                i += 1
        return [self.ids[x] for x in s]

    def encode(self, text: str, length: int = CONTEXT) -> list[int]:
        """Start, tokens, end, padded with end (as CLIP does); too long texts keep their end token."""
        body = [i for w in words_of(text) for i in self._word(w)][: length - 2]
        end = self.ids[END]
        return [self.ids[START], *body, end] + [end] * (length - 2 - len(body))

    def save(self, folder: Path) -> None:
        """The two files of a hub tokenizer."""
        start, end = self.ids[START], self.ids[END]
        special = lambda i, t: {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        one = lambda t, kind: {kind: {"id": t, "type_id": 0}}
        tokenizer = {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [special(start, START), special(end, END)],
            "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": _HUB_WORD}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
            "post_processor": {"type": "TemplateProcessing",
                "single": [one(START, "SpecialToken"), one("A", "Sequence"), one(END, "SpecialToken")],
                "pair": [one(START, "SpecialToken"), one("A", "Sequence"), one(END, "SpecialToken"), {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in ((START, start), (END, end))}},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "", "end_of_word_suffix": _SUFFIX,
                "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": self.ids, "merges": [" ".join(m) for m in self.merges]},
        }
        config = {
            "add_prefix_space": False, "bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END, "do_lower_case": True,
            "errors": "replace", "model_max_length": CONTEXT, "tokenizer_class": "CLIPTokenizer", "clean_up_tokenization_spaces": True,
            "added_tokens_decoder": {str(i): {k: v for k, v in special(i, t).items() if k != "id"} for i, t in ((start, START), (end, END))},
        }
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, indent=1) + "\n")
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")

    @staticmethod
    def load(folder: Path) -> "Tokenizer":
        merges = json.loads((folder / "tokenizer.json").read_text())["model"]["merges"]
        return Tokenizer([tuple(m.split(" ")) for m in merges])
