"""What one request has read already and need not read again.

A note lives as long as the request, so a change made elsewhere holds with the next one. Whoever writes
what others may have noted calls `forget`; from then on nothing is noted, so that a write rolled back
later leaves no wrong note behind. Outside requests everything is read anew unless asked by `remembered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

T = TypeVar("T")


class _Notes:
    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.open = True


_notes: ContextVar[_Notes | None] = ContextVar("notes", default=None)


def recall(name: str, read: Callable[[], T]) -> T:
    """What `read` answered when this request first asked for `name`."""
    notes = _notes.get()
    if notes is None or not notes.open:
        return read()
    if name not in notes.held:
        notes.held[name] = read()
    found: T = notes.held[name]
    return found


def forget() -> None:
    """Drop every note and take none any more: something was written."""
    notes = _notes.get()
    if notes is not None:
        notes.held.clear()
        notes.open = False


@contextmanager
def remembered() -> Iterator[None]:
    """For commands and loops that read the same over and over and write none of it themselves."""
    token = _notes.set(_Notes())
    try:
        yield
    finally:
        _notes.reset(token)


class MemoryMiddleware:
    """Begins each request with a clean sheet."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembered():
            return self.get_response(request)
