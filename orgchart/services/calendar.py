"""Weeks, special days and leave. Every deed also moves what hangs on the calendar (`orgchart.effects`),
in one transaction; `changes_of_…` say beforehand what a deed would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erp import memory
from erp.access import demand
from erp.dates import short_day
from erp.models import Record
from erp.roles import REACH_ALL, Role
from erp.workflow import Blocked, Stale, change, create, remove
from orgchart.calendars import Changes, Rule
from orgchart.effects import apply_effects
from orgchart.models import CalendarDay, Department, Leave, Person, WorkWeek
from orgchart.names import clean_line
from orgchart.worktime import WEEKDAYS

if TYPE_CHECKING:
    from orgchart.models import User

R = TypeVar("R", bound=Record)


def editable_departments(user: User) -> Any:
    """The active departments whose calendar and leave `user` keeps: all, or those one leads."""
    rows = Department.objects.active()
    if user.is_active and user.role in REACH_ALL:
        return rows
    led = user.role == Role.LEADER and user.is_active
    return rows.filter(leader__user=user) if led else rows.none()


def may_edit_calendar(user: User, department: Department | None) -> bool:
    """Whether `user` keeps the calendar of a department, or (None) of the site."""
    if department is None:
        return user.is_active and user.role in REACH_ALL
    return bool(editable_departments(user).filter(pk=department.pk).exists())


def _demand(actor: User, department: Department | None) -> None:
    if not may_edit_calendar(actor, department):
        raise PermissionDenied(f"{actor.pk} may not edit the calendar of {department or 'the site'}")


def _checked(obj: R) -> R:
    obj.full_clean()
    return obj


@contextmanager
def _following(changes: Changes, actor: User) -> Iterator[None]:
    """What hangs on the calendar moves first, while how long it takes can still be read from the old
    one; then the rows are written inside, and what was read before is forgotten."""
    if changes:
        apply_effects(changes, actor)
    yield
    memory.forget()


# --- weeks ------------------------------------------------------------------------------------------


def changes_of_week(department: Department | None, weekdays: Iterable[int] | None) -> Changes:
    """What `set_week` would change; nothing when it is so already."""
    wanted = None if weekdays is None else frozenset(weekdays)
    row = _week(department)
    if (row.worked if row else None) == wanted:
        return Changes()
    return Changes(weeks={department.pk if department else None: wanted})


@transaction.atomic
def set_week(
    department: Department | None,
    weekdays: Iterable[int] | None,
    *,
    actor: User,
    version: int | None = None,
) -> WorkWeek | None:
    """The weekdays (Monday 0) that a department, or (None) the site, works; None gives up the own week:
    a department then works as the site does, the site from Monday to Friday. `version` 0: there was none.

    Raises PermissionDenied, Stale, ValidationError (no weekday), Blocked (given up meanwhile)."""
    _demand(actor, department)
    row = _week(department, lock=True)
    _check_seen(row, version)
    wanted = None if weekdays is None else frozenset(weekdays)
    changes = changes_of_week(department, wanted)
    if wanted is None:
        with _following(changes, actor):
            if row:
                remove(row, actor=actor)
        return None
    _checked_week(wanted)
    fields: dict[str, Any] = {name: number in wanted for number, name in enumerate(WEEKDAYS)}
    with _following(changes, actor):
        if row is not None:
            return change(row, actor=actor, **fields)
        place = department.pk if department else 0
        return create(WorkWeek(department=department, place=place, **fields), actor=actor)


def _week(department: Department | None, *, lock: bool = False) -> WorkWeek | None:
    rows = WorkWeek.objects.select_for_update() if lock else WorkWeek.objects.all()
    return rows.filter(place=department.pk if department else 0).first()


def _checked_week(weekdays: frozenset[int]) -> None:
    if not weekdays or not weekdays <= frozenset(range(7)):
        raise ValidationError(_("Choose at least one weekday that is worked."))


def _check_seen(row: Record | None, version: int | None) -> None:
    """What the writer looked at must still stand there; 0 saw nothing."""
    if version is None:
        return
    if row is None and version:
        raise Blocked(_("Somebody removed this entry meanwhile."))
    if row is not None and row.version != version:
        raise Stale(row, version)


# --- special days -----------------------------------------------------------------------------------


def changes_of_days(department: Department | None, rules: Mapping[date, Rule]) -> Changes:
    """What `set_days` would change; entries that stand so already are left out."""
    place = department.pk if department else None
    stored = {row.day: Rule(row.working, row.announced) for row in _days(department, rules)}
    return Changes(days={(place, day): rule for day, rule in rules.items() if stored.get(day) != rule})


@transaction.atomic
def set_days(
    department: Department | None,
    rules: Mapping[date, Rule],
    *,
    actor: User,
    name: str | Mapping[date, str] = "",
    fresh: bool = False,
) -> list[CalendarDay]:
    """Enter special days of a department, or (None) the site, over what is entered; `fresh` refuses days
    entered already. `name` is one for all or one per day.

    Raises PermissionDenied, ValidationError."""
    _demand(actor, department)
    stored = {row.day: row for row in _days(department, rules).select_for_update()}
    if stored and fresh:
        taken = "、".join(short_day(day) for day in sorted(stored)[:5])
        raise ValidationError(_("These days have an entry already: %(days)s") % {"days": taken})
    rows = []
    with _following(changes_of_days(department, rules), actor):
        for day, rule in sorted(rules.items()):
            said = clean_line(name if isinstance(name, str) else name.get(day, ""))
            fields: dict[str, Any] = {"working": rule.working, "announced": rule.announced, "name": said}
            if day in stored:
                rows.append(change(stored[day], actor=actor, **fields))
            else:
                row = CalendarDay(department=department, day=day, **fields)
                rows.append(create(_checked(row), actor=actor))
    return rows


def set_day(
    department: Department | None,
    day: date,
    *,
    working: bool,
    actor: User,
    name: str = "",
    announced: bool = False,
    fresh: bool = False,
) -> CalendarDay:
    """One special day; see `set_days`."""
    rule = Rule(working, announced)
    return set_days(department, {day: rule}, actor=actor, name=name, fresh=fresh)[0]


def changes_of_edit(row: CalendarDay, fields: Mapping[str, Any]) -> Changes:
    """What `change_day` would change; a new name moves nothing."""
    after = copy(row)
    for field, value in fields.items():
        setattr(after, field, value)
    new = Rule(after.working, after.announced)
    if (row.day, Rule(row.working, row.announced)) == (after.day, new):
        return Changes()
    return Changes(days={(row.department_id, row.day): None, (row.department_id, after.day): new})


@transaction.atomic
def change_day(row: CalendarDay, *, actor: User, version: int | None = None, **fields: Any) -> CalendarDay:
    """Change day, working, announced, name. Raises PermissionDenied, Stale, ValidationError."""
    demand(actor, "change", row)
    before: CalendarDay = CalendarDay.objects.select_for_update().get(pk=row.pk)
    changes = changes_of_edit(before, fields)
    _rehearse(before, fields)
    with _following(changes, actor):
        return change(before, actor=actor, version=version, **fields)


@transaction.atomic
def remove_day(row: CalendarDay, *, actor: User, version: int | None = None) -> None:
    """The day is again what week and public holidays say. Raises PermissionDenied, Stale, Blocked."""
    _gone(row, actor, version, changes_of_removal)


def changes_of_removal(row: CalendarDay) -> Changes:
    """What `remove_day` would change."""
    return Changes(days={(row.department_id, row.day): None})


def _days(department: Department | None, wanted: Iterable[date]) -> Any:
    rows = CalendarDay.objects.filter(department=department) if department else _of_site()
    days = list(wanted)
    return rows.filter(day__range=(min(days), max(days)), day__in=days) if days else rows.none()


def _of_site() -> Any:
    return CalendarDay.objects.filter(department__isnull=True)


# --- leave ------------------------------------------------------------------------------------------


def changes_of_leave(leave: Leave, stored: Leave | None = None) -> Changes:
    """What saving `leave` in place of `stored` would change."""
    if stored and (stored.person_id, stored.slots) == (leave.person_id, leave.slots):
        return Changes()
    gone = frozenset({stored.pk}) if stored else frozenset()
    return Changes(gone=gone, leave=((leave.person_id, leave.slots),))


def changes_of_return(leave: Leave) -> Changes:
    """What `remove_leave` would change."""
    return Changes(gone=frozenset({leave.pk}))


@transaction.atomic
def add_leave(person: Person, *, actor: User, **fields: Any) -> Leave:
    """`fields`: first, last, begins_afternoon, ends_noon, note.

    Raises PermissionDenied, ValidationError (nonsense, or on leave already)."""
    _demand(actor, person.department)
    leave = _checked(Leave(person=person, **_plain(fields)))
    with _following(changes_of_leave(leave), actor):
        return create(leave, actor=actor)


@transaction.atomic
def change_leave(leave: Leave, *, actor: User, version: int | None = None, **fields: Any) -> Leave:
    """Raises PermissionDenied, Stale, ValidationError."""
    demand(actor, "change", leave)
    before = Leave.objects.select_for_update().get(pk=leave.pk)
    fields = _plain(fields)
    _rehearse(before, fields)
    after = copy(before)
    for name, value in fields.items():
        setattr(after, name, value)
    with _following(changes_of_leave(after, before), actor):
        return change(before, actor=actor, version=version, **fields)


@transaction.atomic
def remove_leave(leave: Leave, *, actor: User, version: int | None = None) -> None:
    """They are back, or never went. Raises PermissionDenied, Stale, Blocked."""
    _gone(leave, actor, version, changes_of_return)


def _gone(row: Any, actor: User, version: int | None, changes_of: Callable[[Any], Changes]) -> None:
    demand(actor, "remove", row)
    stored = type(row).objects.select_for_update().get(pk=row.pk)
    _check_seen(stored, version)
    with _following(changes_of(stored), actor):
        remove(stored, actor=actor)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: clean_line(value) if name == "note" else value for name, value in fields.items()}


def _rehearse(stored: Any, fields: Mapping[str, Any]) -> None:
    """Check the row as it would be, without touching it."""
    after = copy(stored)
    for name, value in fields.items():
        setattr(after, name, value)
    after.full_clean()
