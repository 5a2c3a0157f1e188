"""Texts of documents as they are searched: folded, cut into grams, quoted around what was found.

A gram is two characters that follow each other in Chinese, Japanese or Korean, three inside a word of any
other script; every word's first two letters are one as well. So any part of a word or number is found, of
two letters at its beginning, and every gram of what is asked is a gram of a text that contains it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

#: Longer texts are searched as far as this.
LETTERS = 200_000
#: What is asked for is cut to so many grams; the text itself is asked at the end anyhow.
ASKED = 24
#: How many characters of a text are shown before and after what was found.
BEFORE, AFTER = 24, 60

#: Kana, Han, Hangul: their characters are words by themselves.
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_WIDE}]+)|[^\W_{_WIDE}]+")
_WRAP = re.compile(rf"(?<=[{_WIDE}，。；：、])[ \t]*\r?\n[ \t]*(?=[{_WIDE}])")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u2029\ufffe\uffff]+")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")


class _Spelled(dict[int, str]):
    """Ligatures and squared units as the letters they stand for; every other character as it is."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        self[code] = plain if len(plain) > 1 else chr(code)
        return self[code]


class _Folded(dict[int, str]):
    """Full-width forms as plain ones, capitals as small letters: one character for each."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_SPELLED, _FOLDED = _Spelled(), _Folded()


def readable(text: str, *, wrapped: bool = False) -> str:
    """A text as it is kept: in one line, nothing in it that is not seen. `wrapped`: its lines end at the
    margin (PDF), so that Chinese goes on across them without a gap."""
    text = text[: 2 * LETTERS]
    return _plain(_WRAP.sub("", text) if wrapped else text)[:LETTERS]


def fold(text: str) -> str:
    """A text as it is compared: every character in its place, capitals and full-width forms plain."""
    return text.translate(_FOLDED)


def words_of(query: str) -> list[str]:
    """What somebody typed, as folded words; a text has to contain them all."""
    return list(dict.fromkeys(fold(_plain(query)).split()))


def _plain(text: str) -> str:
    seen = text.encode("utf-8", "ignore").decode()  # lone surrogates go
    spelled = unicodedata.normalize("NFC", seen).translate(_SPELLED)
    return " ".join(_CONTROLS.sub(" ", _UNSEEN.sub("", spelled)).split())


def grams(text: str) -> set[str]:
    """The grams of a readable text."""
    found: set[str] = set()
    for wide, run in _runs(text):
        found.update(_cut(run, wide))
        if not wide and len(run) > 1:
            found.add(run[:2])
    return found


def asked(words: list[str]) -> list[str]:
    """Grams that every text has in which all of the folded `words` occur; none when they say too little."""
    found: dict[str, None] = {}
    starts: dict[str, None] = {}
    for word in words:
        for place, (wide, run) in enumerate(_runs(word)):
            found |= dict.fromkeys(_cut(run, wide))
            if not wide and len(run) == 2:  # what stands first may be the end of a word of the text
                (found if place else starts)[run] = None
    return list(found or starts)[:ASKED]


def code(gram: str, bits: int) -> int:
    """A number of so many bits for a gram; two grams may share one."""
    return int.from_bytes(blake2b(gram.encode(), digest_size=8).digest(), "big") >> (64 - bits)


def contains(text: str, words: list[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)


def snippet(text: str, words: list[str]) -> tuple[str, str, str]:
    """(before, found, after) around the first place where the longest of `words` occurs in `text`."""
    folded = fold(text)
    word = max((w for w in words if w in folded), key=len, default="")
    at = folded.find(word) if word else 0
    start, end = max(0, at - BEFORE), at + len(word) + AFTER
    before = ("…" if start else "") + text[start:at]
    after = text[at + len(word) : end] + ("…" if end < len(text) else "")
    return before, text[at : at + len(word)], after


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """(whether its characters are words by themselves, run of letters and digits)"""
    for found in _RUNS.finditer(fold(text)):
        yield bool(found[1]), found[0]


def _cut(run: str, wide: bool) -> Iterator[str]:
    length = 2 if wide else 3
    for start in range(len(run) - length + 1):
        yield run[start : start + length]
