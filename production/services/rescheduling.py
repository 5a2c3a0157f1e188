"""Other dates for one task, with everything that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from erp.workflow import Stale
from production.calendar import dragged
from production.foresight import Wish
from production.layout import calendars_of
from production.models import FIRST_DAY, LAST_DAY, Cause, Deed, Mode, PlanChange, Task
from production.services.changes import change_plan
from production.spans import Span

if TYPE_CHECKING:
    from orgchart.models import User


def reschedule_wish(task: Task, span: Span, **rules: Any) -> Wish:
    """The wish to plan `task` at `span`. An automatic task that is put elsewhere starts no earlier than
    there, of work that has begun only the end can move; `rules` are other fields of
    `foresight.PLANNED`: mode, not_before, not_after."""
    if task.actual_start is not None and not task.milestone:
        span = replace(span, start=task.planned_start, begins_afternoon=task.begins_afternoon)
    values: dict[str, Any] = {**span.fields(), **rules}
    moved = (span.start, span.begins_afternoon) != (task.planned_start, task.begins_afternoon)
    if moved and "not_before" not in rules and rules.get("mode", task.mode) == Mode.AUTO:
        values |= {"not_before": span.start, "not_before_afternoon": span.begins_afternoon}
    return Wish(Deed.RESCHEDULE, task.name, {task.pk: values})


def reschedule_task(
    task: Task,
    *,
    actor: User,
    start: date,
    end: date,
    version: int | None = None,
    cause: str = Cause.INTERNAL,
    note: str = "",
) -> PlanChange | None:
    """Move or stretch an open task; what waits for it follows. None when nothing moves.
    Raises PermissionDenied, Stale, Blocked, ValidationError."""
    check_seen(task, version)
    wish = reschedule_wish(task, replace(Span.of(task), start=start, end=end))
    return change_plan(task.contract, wish, actor=actor, cause=cause, note=note)


def check_seen(task: Task, version: int | None) -> None:
    """Raise Stale when somebody changed the task since it was looked at."""
    stored = Task.objects.select_related("contract").get(pk=task.pk)
    if version is not None and version != stored.version:
        raise Stale(stored, version)


def dropped(task: Task, start: date, end: date) -> tuple[date, date]:
    """Where the bar of a task comes to rest that was dropped from `start` to `end`; impossible dates
    stay as they are, to be refused."""
    if not FIRST_DAY <= start <= end <= LAST_DAY:
        return start, end
    calendar = calendars_of([task])[task.pk]
    return dragged((task.planned_start, task.planned_end), (start, end), calendar)
