"""File names as people give them → names that are safe to show, to save and to send."""

from __future__ import annotations

import re
import unicodedata

#: Bytes of a name (UTF-8) that every file system takes.
LONGEST = 255
LONGEST_EXTENSION = 20
UNNAMED = "unnamed"
#: Signs that some system gives a meaning, and signs that only look like a slash.
FORBIDDEN = dict.fromkeys(map(ord, '<>:"|?*/\\\u2044\u2215\u29f8\u29f9\uff0f\uff3c\ufe68'), "_")
ENCODED = re.compile(r"%(?:2f|5c|00|0a|0d)", re.IGNORECASE)
#: Names of devices of Windows, with any extension; and names that programs read as settings.
DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{n}" for port in ("COM", "LPT") for n in range(10)
}
SETTINGS = {"desktop.ini", "thumbs.db", "web.config", "autorun.inf"}


def clean_file_name(raw: str) -> tuple[str, str]:
    """A name safe to show, save and send, and its extension (lower case, no dot, "" for none).

    Folders are cut off; invisible and directing characters go; letters stay as they were written."""
    name = unicodedata.normalize("NFC", raw)
    name = "".join(_visible(c) for c in name)
    name = re.split(r"[/\\]", name)[-1]
    name = ENCODED.sub("_", name).translate(FORBIDDEN)
    name = " ".join(name.split()).rstrip(". ")
    name = _guarded(name)
    extension = _extension(name)
    if extension:  # full-width letters would be no extension to anybody else
        stem, _dot, last = name.rpartition(".")
        name = f"{stem}.{unicodedata.normalize('NFKC', last)}"
    return _cut(name, extension), extension


def clean_title(raw: str) -> str:
    """One visible line of at most 200 letters."""
    text = "".join(_visible(c) for c in unicodedata.normalize("NFC", raw))
    return " ".join(text.split())[:200].strip()


def _visible(c: str) -> str:
    kind = unicodedata.category(c)
    if kind in ("Zl", "Zp") or c in "\t\r\n":
        return " "
    return "" if kind in ("Cc", "Cf", "Cs", "Cn") else c


def _guarded(name: str) -> str:
    """No hidden file, no option of a command, no device, no file that a program obeys."""
    if not name.strip("._- "):
        return UNNAMED
    stem = unicodedata.normalize("NFKC", name.partition(".")[0]).strip().upper()
    if name[0] in ".-" or stem in DEVICES or name.lower() in SETTINGS:
        return f"_{name}"
    return name


def _extension(name: str) -> str:
    stem, dot, last = name.rpartition(".")
    last = unicodedata.normalize("NFKC", last).lower().strip()
    known = dot and stem and last.isascii() and last.isalnum() and len(last) <= LONGEST_EXTENSION
    return last if known else ""


def _cut(name: str, extension: str) -> str:
    """At most LONGEST bytes; the stem gives way, the extension stays, no letter is cut in two."""
    if len(name.encode()) <= LONGEST:
        return name
    tail = name[name.rindex(".") :] if extension else ""
    room = LONGEST - len(tail.encode())
    stem = name[: len(name) - len(tail)].encode()[:room].decode(errors="ignore").rstrip(". ")
    return stem + tail
