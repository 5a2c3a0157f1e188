"""What a changed calendar moves elsewhere. Apps above put a `CalendarEffect` on the register list
`orgchart.calendar_effects`; this app knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erp import register
from orgchart.calendars import Changes

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One thing that moves: what it is, its page (or nothing), and before → after."""

    text: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEffect:
    """`preview(changes, user)` says what would move, in words that `user` may read, and writes nothing.

    `apply(changes, actor)` moves it: called in the transaction that writes the calendar, before its rows
    are written, so that durations can be read from the calendar they were planned in. What it raises
    (Blocked, PermissionDenied) leaves the calendar unwritten as well."""

    preview: Callable[[Changes, User], list[EffectLine]]
    apply: Callable[[Changes, User], None]


def effects_of(changes: Changes, user: User) -> list[EffectLine]:
    """Everything that would move."""
    effects = register.entries("orgchart.calendar_effects").values()
    return [line for effect in effects for line in effect.preview(changes, user)]


def apply_effects(changes: Changes, actor: User) -> None:
    """Move it, inside the caller's transaction."""
    for effect in register.entries("orgchart.calendar_effects").values():
        effect.apply(changes, actor)
