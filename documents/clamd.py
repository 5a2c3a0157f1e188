"""ClamAV's daemon, asked over its INSTREAM conversation: pieces with their length before them, then 0."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO
from urllib.parse import urlsplit

PIECE = 64 * 1024
#: Seconds for the connection, and for the whole conversation however slowly it goes.
CONNECT, PATIENCE = 5.0, 150.0
LONGEST_ANSWER = 4096


class Unanswered(Exception):
    """The scanner could not be asked, or gave no answer one can trust."""


class TooBig(Unanswered):
    """The scanner takes no file of this size."""


def scan(address: str, content: IO[bytes], *, patience: float = PATIENCE) -> str:
    """The name of the virus in `content`; "" when there is none. Raises Unanswered, TooBig."""
    until = time.monotonic() + patience
    try:
        with _connected(address) as line:
            _send(line, content, until)
            answer = _read(line, until)
    except (OSError, ValueError) as failed:
        raise Unanswered(str(failed)) from failed
    if "size limit exceeded" in answer:
        raise TooBig(answer)
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise Unanswered(answer)


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    parts = urlsplit(address)
    if parts.scheme == "tcp":
        line = socket.create_connection((parts.hostname, parts.port), CONNECT)
    else:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with line:
        if parts.scheme == "unix":
            line.settimeout(CONNECT)
            line.connect(parts.path)
        yield line


def _send(line: socket.socket, content: IO[bytes], until: float) -> None:
    """Stops early when the scanner has spoken or hung up: what it said then is the answer."""
    with suppress(BrokenPipeError, ConnectionResetError):
        _put(line, b"zINSTREAM\0", until)
        while piece := content.read(PIECE):
            if select.select([line], [], [], 0)[0]:
                return
            _put(line, len(piece).to_bytes(4, "big") + piece, until)
        _put(line, bytes(4), until)


def _put(line: socket.socket, data: bytes, until: float) -> None:
    line.settimeout(_left(until))
    line.sendall(data)


def _read(line: socket.socket, until: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        line.settimeout(_left(until))
        piece = line.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace").strip()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner took too long")
    return left
