"""What reminders are made of: each app says what of its own is due or overdue, and who hears next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Model

from erp.workdays import WorkCalendar

if TYPE_CHECKING:
    from notifications.models import Rules
    from orgchart.models import Person


@dataclass(frozen=True, slots=True)
class Matter:
    """Something of which people are reminded. `key` names this occurrence: told once, however often it
    is found; a new date makes a new key. `calendar` is the one its time counts in."""

    key: str
    target: Model
    people: Sequence[Person | None]
    calendar: WorkCalendar
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reminder:
    """`find(today, rules)` are the matters of a day. With `now(target)`, the matter as it stands (None
    when it is no longer so), nobody's answer makes it climb: `leaders(target)` hear of it as `raised`,
    then the boss."""

    event: str
    find: Callable[[date, Rules], Iterable[Matter]]
    raised: str = ""
    now: Callable[[Any], Matter | None] | None = None
    leaders: Callable[[Any], Iterable[Person]] = lambda target: ()
