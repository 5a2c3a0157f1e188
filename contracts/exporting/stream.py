"""The export as one zip that is written while it is read: no whole file in memory, none on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connections
from django.utils import timezone, translation

from contracts.exporting.bundle import MANIFEST, SUMS, Bundle

#: Office files, pictures and PDF are packed already.
PACKED = zipfile.ZIP_STORED


def zipped(bundle: Bundle, out: Any) -> Iterator[None]:
    """Write the zip into `out`, piece by piece."""
    with zipfile.ZipFile(out, "w", allowZip64=True) as book:
        folder = bundle.told.folder
        for part in bundle.prepare():
            packed = part.path.startswith("files/")
            entry = _entry(f"{folder}/{part.path}", part.made, packed=packed)
            with book.open(entry, "w", force_zip64=True) as inside:
                yield from bundle.copy(part, inside.write)
        manifest = bundle.manifest()
        for name, content in ((MANIFEST, manifest), (SUMS, bundle.sums(manifest))):
            book.writestr(_entry(f"{folder}/{name}", timezone.localdate()), content)
            yield


def stream(bundle: Bundle, language: str) -> Iterator[bytes]:
    """The pieces of the zip for somebody who downloads it; closes the bundle at the end, also where the
    reader goes away."""
    pipe = Pipe()
    with bundle, translation.override(language):
        for _piece in zipped(bundle, pipe):
            _let_go()
            if found := pipe.take():
                yield found
        yield pipe.take()


class Pipe:
    """Where a zip is written to that goes on to a reader: it only ever grows at its end."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing lies between us and the reader."""

    def take(self) -> bytes:
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def _entry(path: str, made: date, *, packed: bool = False) -> zipfile.ZipInfo:
    day = max(made, date(1980, 1, 1))
    entry = zipfile.ZipInfo(path, (day.year, day.month, day.day, 0, 0, 0))
    entry.compress_type = PACKED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _let_go() -> None:
    """A slow reader keeps no database connection busy."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
