"""Why a task is when it is: the engine's reasons, in words its reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erp.dates import short_day
from erp.workdays import day_of
from production.layout import Layout
from production.models import Mode, Task
from production.schedule.engine import Bound
from production.schedule.explain import Reason, why
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User


class Step(NamedTuple):
    """One step back along what decided: whose date it is, and the sentence that says why."""

    name: str
    text: str


def why_words(layout: Layout, key: int, user: User) -> list[Step]:
    """The chain of reasons for the dates of task `key`, from itself back to its root. Names of tasks
    out of the reader's sight are left out."""
    reasons = why(layout.schedule, layout.plan, key)
    seen = seen_of(user, (reason.key for reason in reasons))
    return [Step(_name(layout, reason.key, seen), _sentence(layout, reason, seen)) for reason in reasons]


def task_words(layout: Layout, key: int, seen: set[int]) -> str:
    """What a task is called, within a sentence, to somebody who sees the tasks `seen`."""
    name = _name(layout, key, seen)
    return f"“{name}”" if key in seen else name


def _name(layout: Layout, key: int, seen: set[int]) -> str:
    return layout.tasks[key].name if key in seen else _("a task of another department")


def driver_words(layout: Layout, key: int, seen: set[int]) -> str:
    """The first of these sentences, for lists: `seen` are the tasks whose names may be told."""
    return _sentence(layout, why(layout.schedule, layout.plan, key)[0], seen)


def seen_of(user: User, keys: Iterable[int]) -> set[int]:
    """Which of these tasks `user` may read."""
    rows = Task.objects.for_user(user).filter(pk__in=list(keys))
    return set(rows.values_list("pk", flat=True))


def _sentence(layout: Layout, reason: Reason, seen: set[int]) -> str:
    task = layout.tasks[reason.key]
    text = _link(layout, reason, seen) if reason.link else _bound(task, reason)
    if reason.calendar_shift:
        days = Decimal(reason.calendar_shift) / 2
        rest = ngettext("%(n)s day of rest in between", "%(n)s days of rest in between", round(days))
        text += _(" (%(rest)s)") % {"rest": rest % {"n": days.normalize()}}
    return text


def _bound(task: Task, reason: Reason) -> str:
    """What was not a link: a fact, a rule of the task, or the beginning of the plan."""
    if reason.kind == Bound.PINNED:
        return _pinned(task)
    if reason.kind == Bound.BEGUN:
        return _("Work began on %(day)s.") % {"day": short_day(task.actual_start)}
    if reason.kind == Bound.NOW:
        return _("Nothing can be planned into the past: from today on.")
    if reason.kind == Bound.NOT_BEFORE:
        day = short_day(task.not_before or task.planned_start)
        return _("Starts no earlier than %(day)s, as planned by hand.") % {"day": day}
    return _("Starts with the plan, on %(day)s.") % {"day": short_day(day_of(reason.boundary))}


def _pinned(task: Task) -> str:
    if task.status == Status.DONE:
        return _("Done: it ended on %(day)s.") % {"day": short_day(task.actual_end or task.planned_end)}
    if task.mode == Mode.FIXED:
        return _("Fixed on %(day)s.") % {"day": short_day(task.planned_start)}
    return _("Scheduled by hand: it keeps its dates.")


def _link(layout: Layout, reason: Reason, seen: set[int]) -> str:
    link = reason.link
    assert link is not None  # noqa: S101  asked before
    name, span = task_words(layout, link.before, seen), layout.span(link.before)
    patterns = {
        "FS": _("Waits until %(task)s ends (%(end)s)"),
        "SS": _("Waits until %(task)s starts (%(start)s)"),
        "FF": _("Ends no earlier than %(task)s (%(end)s)"),
        "SF": _("Ends no earlier than %(task)s starts (%(start)s)"),
    }
    values = {"task": name, "start": short_day(span.start), "end": short_day(span.end)}
    return patterns[link.kind] % values + _lag(link.lag) + _(".")


def _lag(half_days: int) -> str:
    if not half_days:
        return ""
    days = Decimal(abs(half_days)) / 2
    if half_days > 0:
        words = ngettext(", and %(n)s working day more", ", and %(n)s working days more", round(days))
    else:
        words = ngettext(", less %(n)s working day", ", less %(n)s working days", round(days))
    return words % {"n": days.normalize()}
