"""Doing the work: the transitions of a task, and its progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.services import lock_contract, refresh_status
from erp.workflow import Blocked, advance, change
from production.models import Task
from production.reworking import allowed_past_rework, rework_of
from production.services.telling import tell
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

#: More hours than this on one task are a slip of the pen.
MOST_HOURS = Decimal(1_000_000)


def start_task(
    task: Task, *, actor: User, version: int | None = None, on: date | None = None, progress: int = 0
) -> Task:
    """Begin; `on` back-dates it, never into the future. Raises PermissionDenied, Blocked, Stale."""
    return _step(task, "start", actor, version, actual_start=_day(on), progress=_percent(progress))


def pause_task(task: Task, *, actor: User, reason: str, version: int | None = None) -> Task:
    """Interrupt, with a reason the leaders are told. Raises PermissionDenied, Blocked, Stale."""
    with transaction.atomic():
        task = _step(task, "pause", actor, version, reason)
        tell("task_paused", task, actor=actor, reason=reason)
    return task


def resume_task(task: Task, *, actor: User, version: int | None = None) -> Task:
    """Go on after a pause. Raises PermissionDenied, Blocked, Stale."""
    return _step(task, "resume", actor, version)


@transaction.atomic
def submit_task(
    task: Task,
    *,
    actor: User,
    version: int | None = None,
    on: date | None = None,
    despite_rework: bool = False,
) -> Task:
    """Say it is ready for acceptance, which opens with it; the manager is told. `despite_rework`: the actor
    knows that rework of it is not finished. Raises PermissionDenied, Blocked, Stale."""
    day = _day(on, after=task.actual_start)
    said = allowed_past_rework(task, "submit", rework_of(task), actor, despite_rework)
    done: dict[str, Any] = {"reworking": False, "submitted_by": actor, "submitted_on": day}
    task = _step(task, "submit", actor, version, detail=said, **done)
    tell("task_submitted", task, actor=actor)
    return task


@transaction.atomic
def pass_task(task: Task, *, actor: User, on: date | None = None) -> Task:
    """Acceptance found it good: done, 100 %. Whether the actor may is the caller's question.
    Raises Blocked."""
    end = _day(on, after=task.actual_start)
    task = _step(task, "pass", actor, None, follows=True, actual_end=end, progress=100)
    tell("task_passed", task, actor=actor)
    tell("task_finished", task, actor=actor)
    return task


@transaction.atomic
def reject_task(task: Task, *, actor: User, reason: str) -> Task:
    """Acceptance sends it back to be reworked; the assignee is told why. Whether the actor may is the
    caller's question. Raises Blocked."""
    count = Task.objects.values_list("rework_count", flat=True).get(pk=task.pk) + 1
    task = _step(task, "reject", actor, None, reason, follows=True, reworking=True, rework_count=count)
    tell("task_rejected", task, actor=actor, reason=reason)
    return task


def recall_task(task: Task, *, actor: User, again: bool = False) -> Task:
    """Its application for acceptance was withdrawn: work goes on, as rework where it was rejected before
    (`again`). Whether the actor may is the caller's question. Raises Blocked."""
    return _step(task, "recall", actor, None, follows=True, reworking=again)


@transaction.atomic
def finish_task(
    task: Task,
    *,
    actor: User,
    version: int | None = None,
    on: date | None = None,
    despite_rework: bool = False,
) -> Task:
    """Done, 100 %, for tasks that need no acceptance. `despite_rework`: the actor knows that rework of it is
    not finished. Raises PermissionDenied, Blocked, Stale."""
    end = _day(on, after=task.actual_start)
    said = allowed_past_rework(task, "finish", rework_of(task), actor, despite_rework)
    done: dict[str, Any] = {"actual_end": end, "progress": 100, "reworking": False}
    task = _step(task, "finish", actor, version, detail=said, **done)
    tell("task_finished", task, actor=actor)
    return task


@transaction.atomic
def cancel_task(task: Task, *, actor: User, reason: str, version: int | None = None) -> Task:
    """Drop it from the plan; the row stays. Raises PermissionDenied, Blocked, Stale."""
    task = _step(task, "cancel", actor, version, reason)
    tell("task_cancelled", task, actor=actor, reason=reason)
    return task


@transaction.atomic
def report_progress(
    task: Task, *, actor: User, progress: int, version: int | None = None, hours: Decimal | None = None
) -> Task:
    """Set the percentage (0–100) of work that is under way; `hours` since the last report are added to
    those spent (a minus takes back what was too much).

    Reporting on a task nobody started yet starts it: who moves the slider is at work. 100 % alone
    finishes nothing. Raises PermissionDenied, Blocked, Stale, ValidationError."""
    progress = _percent(progress)
    spent: dict[str, Any] = _hours(task, hours) if hours else {}
    status = Task.objects.values_list("status", flat=True).get(pk=task.pk)
    if status == Status.NOT_STARTED and progress:
        return _step(task, "start", actor, version, actual_start=_day(None), progress=progress, **spent)
    if status not in (Status.IN_PROGRESS, Status.NOT_STARTED):
        raise Blocked(
            _("Progress is reported while a task is in progress; this one is “%(state)s”.")
            % {"state": Status(status).label}
        )
    return change(task, actor=actor, verb="report", version=version, progress=progress, **spent)


def _hours(task: Task, hours: Decimal) -> dict[str, Decimal]:
    """The hours of a task with these; two reports at once both count."""
    lock_contract(task.contract_id)
    spent = Task.objects.values_list("hours_spent", flat=True).get(pk=task.pk) + hours
    if not 0 <= spent < MOST_HOURS:
        raise ValidationError({"hours": _("The hours of a task are between 0 and 999,999.")})
    return {"hours_spent": spent}


STEPS: dict[str, Any] = {
    "start": start_task,
    "pause": pause_task,
    "resume": resume_task,
    "submit": submit_task,
    "finish": finish_task,
    "cancel": cancel_task,
}


@transaction.atomic
def _step(
    task: Task, verb: str, actor: User, version: int | None, reason: str = "", /, **fields: Any
) -> Task:
    lock_contract(task.contract_id)
    task = advance(task, verb, actor=actor, version=version, reason=reason, **fields)
    refresh_status(task.contract)
    return task


def _day(on: date | None, after: date | None = None) -> date:
    today = timezone.localdate()
    if on is None:
        return today
    if on > today:
        raise Blocked(_("What has happened cannot lie in the future."))
    if after is not None and on < after:
        raise Blocked(_("The finish lies before the start."))
    return on


def _percent(progress: int) -> int:
    if not 0 <= progress <= 100:
        raise ValidationError({"progress": _("Progress lies between 0 and 100.")})
    return progress
