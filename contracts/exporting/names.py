"""Names that every system takes, Windows as well, and no name twice."""

from __future__ import annotations

import re
import unicodedata

#: Signs that Windows gives a meaning.
FORBIDDEN = dict.fromkeys(map(ord, '<>:"|?*/\\'), "_")
DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
#: Letters of one part: folders within folders stay below the 260 that old programs take.
LONGEST = 80


def safe(text: str, longest: int = LONGEST) -> str:
    """One part of a path: visible, no separators, no device, no dot at either end."""
    name = unicodedata.normalize("NFC", text)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" or c in "\t\n ")
    name = re.sub(r"\s+", " ", name).translate(FORBIDDEN)
    name = _cut(name.strip(" ."), longest)
    if not name or name.partition(".")[0].strip().upper() in DEVICES:
        return f"_{name}"
    return name


def _cut(name: str, longest: int) -> str:
    """The stem gives way, a short ending stays."""
    if len(name) <= longest:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:longest].rstrip(" .")
    return f"{stem[: longest - len(ending) - 1].rstrip(' .')}.{ending}"


class Taken:
    """Gives out paths below one folder; a path that is taken (capitals count as one) gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, path: str) -> str:
        """`path` made safe part by part, and free."""
        parts = [safe(part) for part in path.split("/") if part.strip()]
        wanted = "/".join(parts)
        stem, dot, ending = parts[-1].rpartition(".")
        head = "/".join(parts[:-1])
        number = 2
        while wanted.casefold() in self._taken:
            last = f"{stem} ({number}).{ending}" if dot and stem else f"{parts[-1]} ({number})"
            wanted = f"{head}/{last}" if head else last
            number += 1
        self._taken.add(wanted.casefold())
        return wanted
