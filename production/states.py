"""The life of a task as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.workflow import Transition, Workflow

if TYPE_CHECKING:
    from orgchart.models import User
    from production.models import Task


class Status(models.TextChoices):
    NOT_STARTED = "not_started", pgettext_lazy("task", "Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    WAITING_QC = "waiting_qc", _("Waiting for inspection")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.PAUSED, Status.WAITING_QC)


def needs_inspection(task: Task, actor: User) -> str:
    if task.needs_acceptance:
        return ""
    return str(_("This task needs no acceptance: finish it directly."))


def needs_no_inspection(task: Task, actor: User) -> str:
    if not task.needs_acceptance:
        return ""
    return str(_("This task needs acceptance: submit it instead."))


LIFE = Workflow(
    Transition("start", (Status.NOT_STARTED,), Status.IN_PROGRESS, _("Start task")),
    Transition("pause", (Status.IN_PROGRESS,), Status.PAUSED, _("Pause task"), needs_reason=True),
    Transition("resume", (Status.PAUSED,), Status.IN_PROGRESS, _("Resume task")),
    Transition(
        "submit",
        (Status.IN_PROGRESS,),
        Status.WAITING_QC,
        _("Submit for acceptance"),
        needs_inspection,
    ),
    Transition("pass", (Status.WAITING_QC,), Status.DONE, _("Pass task")),
    Transition("reject", (Status.WAITING_QC,), Status.IN_PROGRESS, _("Reject task"), needs_reason=True),
    Transition("recall", (Status.WAITING_QC,), Status.IN_PROGRESS, _("Take submission back")),
    Transition("finish", (Status.IN_PROGRESS,), Status.DONE, _("Finish task"), needs_no_inspection),
    Transition("cancel", OPEN, Status.CANCELLED, _("Cancel task"), needs_reason=True),
)

#: Verbs of the assignee; leaders of the department and the manager hold them too.
OWN_VERBS = frozenset({"start", "pause", "resume", "submit", "finish", "report"})
#: Verbs of whoever plans: leaders of the department, manager.
PLAN_VERBS = frozenset({"change", "reschedule", "cancel", "link"})
#: What acceptance does to a task: in nobody's hands but its own (`erp.roles.WITHHELD`).
CONSEQUENCES = frozenset({"pass", "reject", "recall"})

#: Which of the reasons of `TaskQuerySet.reasons` puts a verb into somebody's hands.
HELD_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OWN_VERBS, ("own", "whole", "led")),
    **dict.fromkeys(PLAN_VERBS, ("whole", "led")),
}


class ChangeState(models.TextChoices):
    """Where a change of a plan stands."""

    PROPOSED = "proposed", pgettext_lazy("plan change", "Proposed")
    APPLIED = "applied", pgettext_lazy("plan change", "Applied")
    REJECTED = "rejected", pgettext_lazy("plan change", "Declined")
    UNDONE = "undone", pgettext_lazy("plan change", "Taken back")


CHANGE_LIFE = Workflow(
    Transition("apply", (ChangeState.PROPOSED,), ChangeState.APPLIED, _("Apply plan change")),
    Transition(
        "decline", (ChangeState.PROPOSED,), ChangeState.REJECTED, _("Decline plan change"), needs_reason=True
    ),
    Transition("undo", (ChangeState.APPLIED,), ChangeState.UNDONE, _("Take plan change back")),
    field="state",
)
