"""Who is acting. One variable that history, audit log and services all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

from erp.client import client_ip

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Context:
    """What every audit row says of its surroundings."""

    user: User | None = None
    source: str = "system"  # web, admin, command, worker, import, system
    ip: str | None = None
    request_id: str = ""
    verb: str = ""
    reason: str = ""


_context: ContextVar[Context] = ContextVar("audit_context", default=Context())  # noqa: B039  frozen


def current() -> Context:
    return _context.get()


def current_user(**_: Any) -> User | None:
    """The `get_user` hook of django-simple-history."""
    user = _context.get().user
    return user if user is not None and user.is_authenticated else None


@contextmanager
def acting_as(user: User | None, **more: str) -> Iterator[None]:
    """Everything written inside is `user`'s deed. Nests safely; `more` replaces single fields
    (verb, reason, source …), the rest is inherited from outside."""
    token = _context.set(replace(_context.get(), user=user, **more))
    try:
        yield
    finally:
        _context.reset(token)


class ContextMiddleware:
    """Names the actor, address and request for whatever the request writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = "admin" if request.path.startswith("/admin/") else "web"
        user: Any = request.user  # lazy: looked up only when something is written
        token = _context.set(Context(user, source, client_ip(request), getattr(request, "request_id", "")))
        try:
            return self.get_response(request)
        finally:
            _context.reset(token)
