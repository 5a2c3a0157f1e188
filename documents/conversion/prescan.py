"""What a file must not be before a program opens it: a bomb, a trap, half a file, somebody's secret.

Office files are zip archives. Nothing their table of contents says is believed: every entry is unpacked
and counted, in pieces, never to a disk or whole into memory.
"""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from documents.archives import TooManyEntries, Unreadable, open_zip
from documents.conversion import reasons
from documents.conversion.errors import Refused
from documents.conversion.sandbox import prefix
from documents.kinds import HEAD, Family, Kind, sniff

MOST_UNPACKED = 300 << 20
#: XML packs well, but not like this; small entries may.
MOST_RATIO, RATIO_FROM = 300, 4 << 20
#: A sheet of this size has a million rows; nobody reads it in a browser.
MOST_PART = 100 << 20
MOST_DEPTH = 2
PIECE = 1 << 16
_TRAPS = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_OVERLAP = max(len(trap) for trap in _TRAPS)
_ODF_LOCK = b"manifest:encryption-data"
#: What browsers and viewers can hold in memory.
MOST_MODEL = 100 << 20


@dataclass(slots=True)
class _Budget:
    """Unpacked bytes still allowed in this file with everything packed into it."""

    left: int = field(default_factory=lambda: MOST_UNPACKED)

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise Refused(reasons.BOMB)


def check(path: Path, kind: Kind) -> None:
    """Raises Refused where `path` is not a harmless file of this kind."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Refused(reasons.EMPTY)
    found = sniff(head, path)
    if "protected" in found:
        raise Refused(reasons.PASSWORD)
    if "damaged" in found:
        raise Refused(reasons.DAMAGED)
    if head[:2] == b"PK" and kind.family is Family.OFFICE:
        _check_zip(path, _Budget(), depth=1)
    if not found & kind.contents:
        raise Refused(reasons.OTHER_KIND)
    if kind.family is Family.MODEL and path.stat().st_size > MOST_MODEL:
        raise Refused(reasons.TOO_LARGE)


def _check_zip(path: Path, budget: _Budget, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise Refused(reasons.NESTED)
    try:
        with open_zip(path) as archive, path.open("rb") as raw:
            entries = archive.infolist()
            if sum(entry.compress_size for entry in entries) > path.stat().st_size:
                raise Refused(reasons.BOMB, "entries overlap")
            for entry in entries:
                _check_name(entry)
                _check_entry(entry, raw, budget, depth)
    except TooManyEntries:
        raise Refused(reasons.BOMB, "too many entries") from None
    except (Unreadable, zlib.error, struct.error, OSError, EOFError, ValueError) as wrong:
        raise Refused(reasons.DAMAGED, str(wrong)) from None


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or "\0" in name or ":" in parts[0]:
        raise Refused(reasons.UNSAFE_NAMES, name[:200])
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(reasons.UNSAFE_NAMES, f"link {name[:200]}")
    if entry.flag_bits & 1:
        raise Refused(reasons.PASSWORD)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(reasons.DAMAGED, "packed in a way no Office program does")


def _check_entry(entry: zipfile.ZipInfo, raw: IO[bytes], budget: _Budget, depth: int) -> None:
    """Unpack one entry piece by piece; look for what no document declares; follow archives inside."""
    watched = entry.filename.lower().endswith((".xml", ".rels", ".vml", ".rdf"))
    size, last, packed = 0, b"", False
    for piece in _unpacked(entry, raw):
        budget.spend(len(piece))
        packed = packed or (not size and piece[:4] == b"PK\x03\x04")
        size += len(piece)
        _judge_size(entry, size)
        if watched:
            _judge_text(last + piece, entry.filename)
            last = piece[-_OVERLAP:]
    if size != entry.file_size:
        raise Refused(reasons.BOMB, f"{entry.filename} says {entry.file_size}, is {size}")
    if packed:
        with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
            inner = Path(folder, "inner.zip")
            with inner.open("wb") as copy:
                copy.writelines(_unpacked(entry, raw))
            _check_zip(inner, budget, depth + 1)


def _judge_size(entry: zipfile.ZipInfo, size: int) -> None:
    if size > RATIO_FROM and size > MOST_RATIO * max(1, entry.compress_size):
        raise Refused(reasons.BOMB)
    if size > MOST_PART and entry.filename.lower().endswith(".xml"):
        raise Refused(reasons.TOO_LARGE)


def _judge_text(text: bytes, name: str) -> None:
    if any(trap in text for trap in _TRAPS):
        raise Refused(reasons.ENTITIES)
    if name == "META-INF/manifest.xml" and _ODF_LOCK in text:
        raise Refused(reasons.PASSWORD)


def _unpacked(entry: zipfile.ZipInfo, raw: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an entry as they really unpack, however many that are."""
    raw.seek(entry.header_offset)
    header = raw.read(30)
    if header[:4] != b"PK\x03\x04":
        raise Unreadable("no local header")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    raw.seek(name_length + extra_length, 1)
    left = entry.compress_size
    unpacker = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        packed = raw.read(min(PIECE, left))
        if not packed:
            raise EOFError("the file ends within an entry")
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed:
            yield unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise EOFError("an entry ends too early")
