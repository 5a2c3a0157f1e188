"""A virus scanner for tests: listens on loopback and speaks clamd's INSTREAM conversation.

It finds EICAR's test file and nothing else. `mood` makes it misbehave: slow, deaf, rude (hangs up), mad
(answers nonsense), small (takes only `limit` bytes), empty (closes without a word)."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: In two pieces, so that no scanner takes this file for the test virus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    def __init__(self, listener: socket.socket, address: str) -> None:
        self.address, self.mood, self.limit = address, "well", 25 * 1024 * 1024
        self.sizes: list[list[int]] = []
        self.wrong: list[str] = []
        self._listener = listener
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                line, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            if self.mood == "rude":
                return
            if self.mood == "deaf":
                time.sleep(30)
                return
            self._instream(line)

    def _instream(self, line: socket.socket) -> None:
        command = self._exactly(line, 10)
        if command != b"zINSTREAM\0":
            self.wrong.append(f"command {command!r}")
            return
        content = b""
        sizes: list[int] = []
        self.sizes.append(sizes)
        while size := struct.unpack("!L", self._exactly(line, 4))[0]:
            sizes.append(size)
            if len(content) + size > self.limit:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
            content += self._exactly(line, size)
        if self.mood == "slow":
            for letter in b"stream: OK\0":
                line.sendall(bytes([letter]))
                time.sleep(0.3)
        elif self.mood == "mad":
            line.sendall(b"stream: fine, I suppose\0")
        elif self.mood != "empty":
            line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")

    def _exactly(self, line: socket.socket, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = line.recv(size - len(found))
            if not piece:
                self.wrong.append("the client hung up in the middle")
                raise OSError
            found += piece
        return found


@contextmanager
def scanner(path: str = "") -> Iterator[Scanner]:
    """A running scanner, on a free port or on the socket `path`."""
    listener: Any = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    with listener:
        listener.bind(path or ("127.0.0.1", 0))
        listener.listen(16)
        yield Scanner(listener, f"unix://{path}" if path else f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        with suppress(OSError):  # wakes the thread that waits for the next caller
            listener.shutdown(socket.SHUT_RDWR)
