"""The table of contents of zip files, read without trusting them: the size is judged before it is parsed."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

#: An Office file has some dozens of entries; ten thousand sheets or a bomb have more.
MAX_ENTRIES = 10_000
MAX_DIRECTORY = 4 * 1024 * 1024
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


class Unreadable(Exception):
    """Not a zip file, or its end is missing."""


class TooManyEntries(Exception):
    """The table of contents is larger than that of any document."""


def open_zip(path: Path) -> zipfile.ZipFile:
    """The archive, opened only if its table of contents is of a sane size.

    Raises Unreadable or TooManyEntries."""
    count, size = _announced(path)
    if count > MAX_ENTRIES or size > MAX_DIRECTORY:
        raise TooManyEntries
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as wrong:
        raise Unreadable(str(wrong)) from None


def _announced(path: Path) -> tuple[int, int]:
    """Entries and bytes of the table of contents, as the end of the file says them."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        start = max(0, length - 66_000)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise Unreadable("no end of central directory")
        count, size = struct.unpack("<HI", tail[at + 10 : at + 16])
        locator = tail[at - 20 : at] if at >= 20 else b""
        if locator[:4] == _LOCATOR64:
            file.seek(min(length, struct.unpack("<Q", locator[8:16])[0]))
            record = file.read(56)
            if record[:4] == _END64 and len(record) == 56:
                count, size = struct.unpack("<QQ", record[32:48])
    return count, size
