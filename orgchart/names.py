"""How names, accounts, mail addresses and telephone numbers are written down. Pure text."""

from __future__ import annotations

import re
import unicodedata

#: Invisible characters that would let two names look alike: controls, format marks, unassigned.
HIDDEN = ("Cc", "Cf", "Co", "Cn", "Cs")


def clean_line(text: str) -> str:
    """One line as stored: composed (NFC), without hidden characters, single spaces."""
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return "".join(c for c in spaced if unicodedata.category(c) not in HIDDEN).strip()


def normal_username(text: str) -> str:
    """An account name as stored and looked up: NFKC (full width becomes plain), lower case."""
    return clean_line(unicodedata.normalize("NFKC", text)).lower()


def normal_email(text: str) -> str:
    return clean_line(unicodedata.normalize("NFKC", text)).lower()


def pinyin_of(name: str, limit: int) -> str:
    """`chenxiaoshou cxs` for 陈销售: sounds, then initials, at most `limit` characters.

    Sorting by it is sorting by pinyin; a search inside it finds sounds and initials."""
    from pypinyin import lazy_pinyin  # its dictionaries take 0.1 s to load: not at start-up

    sounds = [re.sub(r"\W+", "", sound).lower() for sound in lazy_pinyin(name)]
    sounds = [sound for sound in sounds if sound]
    initials = "".join(sound[0] for sound in sounds)[: limit // 3]
    return f"{''.join(sounds)[: limit - len(initials) - 1]} {initials}".strip()
