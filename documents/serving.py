"""Bytes of people's files on their way to a browser that must not be hurt by them.

The type is ours, never the uploader's; nothing is sniffed, run or shown that is not on the short list of
safe kinds; one range at a time. Whoever calls has asked for the right already.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from documents import store

#: What a browser may do with a file: nothing but paint it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Content-Encoding": "identity",  # a compressed answer has no ranges: the middleware lets it be
}
#: Media types a browser may show itself; everything else it saves.
INLINE = frozenset(("image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", "text/plain"))
BLOCK = 256 * 1024
#: Longer bodies are not kept waiting for by a database connection.
LONG = 1024 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Blob:
    """Some content in the store and what it is called outside; `etag` names the content."""

    key: str
    size: int
    media_type: str
    name: str
    etag: str

    @property
    def disposition(self) -> str:
        """With an ASCII name, or the UTF-8 form of RFC 6266 for any other."""
        return content_disposition_header(self.media_type not in INLINE, self.name) or "attachment"

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


class Slice(io.RawIOBase):
    """`length` bytes of a file from `start` on, as a file: a server that sends files itself sees no more."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = min(max(base + offset, 0), self._length)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        self._file.seek(self._start + self._at)
        found = self._file.read(min(len(buffer), self._length - self._at))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


def refuse_other_sites(request: HttpRequest) -> None:
    """Raise PermissionDenied where a page of another site embeds, fetches or links a file of ours."""
    if request.headers.get("sec-fetch-site", "") == "cross-site":
        raise PermissionDenied("asked for by another site")


def send(request: HttpRequest, blob: Blob) -> HttpResponseBase:
    """The answer to GET or HEAD: 200, 206 for one range, 304, 412 or 416."""
    etag = f'"{blob.etag}"'
    response = get_conditional_response(request, etag=etag) or _body(request, blob, etag)
    return guarded(response, ETag=etag, Accept_Ranges="bytes")


def guarded(response: HttpResponseBase, **headers: str) -> HttpResponseBase:
    """`response` with what keeps its content harmless and to this person; `headers` as keywords."""
    for name, value in {**ALWAYS, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        response.headers[name] = value
    return response


def _body(request: HttpRequest, blob: Blob, etag: str) -> HttpResponseBase:
    start, length, status = 0, blob.size, 200
    asked = request.headers.get("range", "") if request.method == "GET" else ""
    if asked and request.headers.get("if-range", etag) == etag:
        try:
            found = one_range(asked, blob.size)
        except ValueError:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{blob.size}"})
        if found:
            start, length, status = *found, 206
    headers = {"Content-Type": blob.content_type, "Content-Disposition": blob.disposition}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{blob.size}"
    if request.method == "HEAD":
        return HttpResponse(headers=headers | {"Content-Length": str(length)})
    piece = Slice(store.open(blob.key), start, length)
    if length > LONG:
        _let_go()
    response = FileResponse(piece, status=status, content_type=blob.content_type)
    response.block_size = BLOCK
    for name, value in headers.items():
        response.headers[name] = value
    return response


def one_range(header: str, size: int) -> tuple[int, int] | None:
    """(start, length) of the one range asked for; None where the header asks for several or makes no
    sense, which means the whole. Raises ValueError for a range outside the content."""
    found = _ONE_RANGE.fullmatch(header.strip())
    if not found or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise ValueError(header)
        return size - length, length
    start, end = int(first), min(int(last or size), size - 1)
    if last and int(last) < start:
        return None
    if start >= size:
        raise ValueError(header)
    return start, end - start + 1


def _let_go() -> None:
    """A slow reader keeps no database connection busy."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
