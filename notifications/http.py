"""The one way in which the product calls other machines' web services.

Only official hosts over verified TLS, unless an administrator set another address for the channel; no
redirects, ten seconds in all, answers up to 64 KB, no address inside the own network.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from ipaddress import ip_address
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from notifications.failures import Limited, Permanent, Transient

SECONDS = 10.0
LIMIT = 64 * 1024
PAUSE = 60
PORTS = {"http": 80, "https": 443}
#: Where the product talks to without being told to.
OFFICIAL = frozenset(
    {"qyapi.weixin.qq.com", "oapi.dingtalk.com", "dysmsapi.aliyuncs.com", "sms.tencentcloudapi.com"}
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> dict[str, Any]:
        """The object in the body. Raises Transient when there is none: some middle box answered."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Transient(f"HTTP {self.status}: {self.text[:300]}", taken=self.status < 400)
        return found

    def demand_success(self) -> None:
        """Raises what follows from the status: 429 Limited, other 4xx Permanent, the rest Transient."""
        if self.status < 300:
            return
        said = f"HTTP {self.status}: {self.text[:300]}"
        if self.status == 429:
            raise Limited(said, PAUSE)
        if self.status < 500 and self.status not in (408, 425):
            raise Permanent(said)
        raise Transient(said)


def call(
    url: str,
    *,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    trusted: bool = False,
) -> Answer:
    """Call `url`; `trusted` when an administrator set the address.

    Raises Permanent (a forbidden address, a redirect), Transient (no connection, no whole answer)."""
    parts = checked(url, trusted=trusted)
    with _open(parts, trusted) as sock, _deadline(sock) as expired:
        connection = HTTPConnection(parts.netloc, timeout=SECONDS)
        connection.sock = sock
        try:
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request(method, path, data, {"Connection": "close", **(headers or {})})
            with connection.getresponse() as response:
                return _read(response)
        except (OSError, HTTPException, ValueError, AttributeError) as wrong:
            # the deadline closes the socket under http.client, which then stumbles in its own ways
            silent = expired() or isinstance(wrong, TimeoutError)
            why = "no answer in time" if silent else f"{type(wrong).__name__}: {wrong}"
            raise Transient(why, taken=True) from None


def checked(url: str, *, trusted: bool) -> SplitResult:
    """The parts of an address that may be called. Raises Permanent."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise Permanent(f"no address: {wrong}") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Permanent("the address holds characters that no address has")
    if parts.scheme not in PORTS or not parts.hostname:
        raise Permanent("not an http(s) address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Permanent("the address names a user or a fragment")
    official = parts.scheme == "https" and parts.hostname in OFFICIAL and port in (None, 443)
    if not (trusted or official):
        raise Permanent(f"{parts.hostname} is not among the official hosts")
    return parts


@contextmanager
def _open(parts: SplitResult, trusted: bool) -> Iterator[socket.socket]:
    host, secure = parts.hostname or "", parts.scheme == "https"
    try:
        sock = socket.create_connection(
            (_address(host, trusted), parts.port or PORTS[parts.scheme]), timeout=SECONDS
        )
    except OSError as wrong:
        raise Transient(f"{host}: {wrong}") from None
    with sock:
        if not secure:
            yield sock
            return
        try:
            wrapped = _tls().wrap_socket(sock, server_hostname=host)
        except OSError as wrong:  # ssl.SSLError is one
            raise Transient(f"{host}: {wrong}") from None
        with wrapped:
            yield wrapped


def _address(host: str, trusted: bool) -> str:
    """The address that is then connected to, so no second look-up can answer otherwise."""
    try:
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as wrong:
        raise Transient(f"{host}: {wrong}") from None
    usable = found if trusted else [address for address in found if _is_public(address)]
    if not usable:
        raise Permanent(f"{host} points into a private network")
    return usable[0]


def _is_public(address: str) -> bool:
    known = ip_address(address.partition("%")[0])
    return (getattr(known, "ipv4_mapped", None) or known).is_global


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _deadline(sock: socket.socket) -> Iterator[Any]:
    """Shuts `sock` when the time for the whole call is over, however slowly bytes drip in."""
    late: list[bool] = []

    def shut() -> None:
        late.append(True)
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            sock.close()

    timer = Timer(SECONDS, shut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: bool(late)
    finally:
        timer.cancel()


def _read(response: HTTPResponse) -> Answer:
    if 300 <= response.status < 400:
        raise Permanent(f"HTTP {response.status}: redirects are not followed")
    body = response.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise Transient(f"HTTP {response.status}: the answer is longer than {LIMIT} bytes", taken=True)
    if response.length:
        raise IncompleteRead(body, response.length)
    return Answer(response.status, body)
