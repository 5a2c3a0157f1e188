"""What people are nudged about: each app says of its own things whom one may nudge, and how to call them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.http import Http404

from erp import register

if TYPE_CHECKING:
    from orgchart.models import Person, User


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing. `rows()` is its scoped queryset; `people(user, obj)` whom `user` may nudge about
    `obj`, the most concerned first, `first(obj)` the ids of those meant unless one says otherwise.
    `crowd(obj)` is everybody who works around it (for the dry run), `find(user, text)` finds some."""

    label: Any
    rows: Callable[[], Any]
    people: Callable[[User, Any], list[Person]]
    first: Callable[[Any], Collection[int]]
    name: Callable[[Any], str]
    contract: Callable[[Any], int | None]
    crowd: Callable[[Any], Iterable[Person]]
    find: Callable[[User, str], Iterable[Any]]


def subject(kind: str) -> Subject:
    """The subject `kind`. Raises Http404 for one that does not exist."""
    found: Subject | None = register.entries("notifications.subjects").get(kind)
    if found is None:
        raise Http404
    return found


def kind_of(target: Model) -> str:
    """The slug of the subject that `target` is one of; empty when it is none."""
    for slug, entry in register.entries("notifications.subjects").items():
        if entry.rows().model is type(target):
            return str(slug)
    return ""


def name_of(target: Model) -> str:
    kind = kind_of(target)
    return subject(kind).name(target) if kind else str(target)
