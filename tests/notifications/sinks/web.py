"""A web server on loopback whose answers a test decides, faults included."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float
    raw_query: str = ""

    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0  # seconds before the answer
    drip: float = 0.0  # seconds between single bytes
    cut: bool = False  # close without an answer

    @classmethod
    def of(cls, data, status=200):
        return cls(status, json.dumps(data, ensure_ascii=False).encode())


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Callers hang up in the middle: that is what many of these tests are about."""


class WebSink:
    """`faults` is asked first: a reply it returns is given in place of the service's own; `taken` holds
    the calls answered with success."""

    def __init__(self, *, fail=0.0, seed=1):
        self.calls, self.taken, self.faults = [], [], []
        self.fail, self._dice = fail, random.Random(seed)
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.request_queue_size = 128
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, call):
        """The service's own answer; override."""
        return Reply.of({"ok": True})

    def good(self, reply):
        """Whether `reply` says that the message was taken; override."""
        return reply.status == 200

    def answer(self, call):
        with self.lock:
            self.calls.append(call)
            if self.faults:
                return self.faults.pop(0)
            if self.fail and self._dice.random() < self.fail:
                return self._trouble()
            reply = self.serve(call)
            if self.good(reply):
                self.taken.append(call)
            return reply

    def _trouble(self):
        """What happens on bad days, before anything is taken."""
        return self._dice.choice(
            [Reply(503, b"busy"), Reply(502, b"<html>bad gateway</html>"), Reply(cut=True)]
        )

    def _handler(self):
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def handle_any(self):
                parts = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
                length = int(self.headers.get("Content-Length") or 0)
                call = Call(
                    self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()},
                    self.rfile.read(length), time.time(), parts.query,
                )  # fmt: skip
                self._give(sink.answer(call))

            do_GET = do_POST = do_PUT = handle_any

            def _give(self, reply):
                self.close_connection = True
                if reply.hang:
                    time.sleep(reply.hang)
                if reply.cut:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                try:
                    self.send_response(reply.status)
                    headers = {"Content-Type": "application/json", **reply.headers}
                    for name, value in headers.items():
                        self.send_header(name, value)
                    if "Content-Length" not in headers:
                        self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self._write(reply)
                except OSError:
                    pass  # the caller hung up

            def _write(self, reply):
                if not reply.drip:
                    self.wfile.write(reply.body)
                    return
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(reply.drip)

            def log_message(self, *_):
                pass

        return Handler
