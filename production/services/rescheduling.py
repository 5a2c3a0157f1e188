"""Other dates for one task, with everything that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from erp.access import demand
from erp.dates import FIRST_DAY, LAST_DAY
from erp.workflow import Stale, follow
from production.calendar import dragged
from production.foresight import Wish
from production.layout import calendars_of
from production.models import Cause, Deed, Mode, PlanChange, Task
from production.services.changes import change_plan, lock_plan, settle, wish_of
from production.spans import Span
from production.states import OPEN, ChangeState

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


@transaction.atomic
def set_material_date(task: Task, day: date, *, actor: User, note: str = "") -> PlanChange | None:
    """Material for `task` comes on `day`: late material pushes the task, and what waits for it, to no
    earlier than that. None when nothing changes: `day` is not after the planned start, work has begun
    or is over, or the same is proposed already. A newer day replaces a proposal about the material of
    this task that still waits; nothing of it is left to decide when the material comes in time after all.

    Whether the actor may say so is the caller's question; they must see the task. Material is late
    whoever plans the task, so that right is not asked, but float is: what would be pushed beyond it waits
    as a proposal for the project manager, unless that is the actor. Assignees and leaders are told.
    Raises PermissionDenied, Blocked (contract frozen), ValidationError (impossible dates)."""
    demand(actor, "view", task)
    lock_plan(task.contract)
    task = Task.objects.select_related("contract", "department", "assignee").get(pk=task.pk)
    older = _waiting(task)
    if task.status not in OPEN or task.actual_start is not None or day <= task.planned_start:
        _replace(older, actor)
        return None
    length = task.planned_end - task.planned_start if day <= LAST_DAY else timedelta(0)
    start, end = dropped(task, day, day + length)
    span = replace(Span.of(task), start=start, end=end)
    wish = reschedule_wish(task, span, not_before=day, not_before_afternoon=False)
    if any(wish_of(change).edits == wish.edits for change in older):
        return None
    change = settle(task.contract, wish, actor=actor, cause=Cause.SUPPLIER, note=note)
    _replace(older, actor)
    return change


def _waiting(task: Task) -> list[PlanChange]:
    """Proposals to move `task`, and nothing else, for its material."""
    rows = PlanChange.objects.filter(
        contract=task.contract_id,
        state=ChangeState.PROPOSED,
        deed=Deed.RESCHEDULE,
        cause=Cause.SUPPLIER,
    )
    return [change for change in rows if set(wish_of(change).edits) == {task.pk}]


def _replace(older: list[PlanChange], actor: User) -> None:
    """What a newer day has overtaken is not decided any more."""
    for change in older:
        follow(change, actor=actor, verb="replace_plan", state=ChangeState.REJECTED)


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
