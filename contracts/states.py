"""The life of a contract as one table, and the rule that derives its colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.audit import current
from erp.roles import Role
from erp.workflow import Transition, Workflow

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User


class Stage(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    DELIVERED = "delivered", _("Delivered")
    CONFIRMED = "confirmed", _("Delivery confirmed")
    ARCHIVED = "archived", _("Archived")
    CANCELLED = "cancelled", _("Cancelled")


class Status(models.TextChoices):
    UNSTARTED = "unstarted", _("Not started")
    PROCESSING = "processing", _("In progress")
    PRODUCTION = "production", _("In production")
    ISSUE = "issue", _("Needs attention")
    ACCEPTED = "accepted", _("Accepted")


class DeliveryState(models.TextChoices):
    RECORDED = "recorded", _("Recorded")
    VOID = "void", _("Void")


class ChangeState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Waiting for the customer")
    ACCEPTED = "accepted", _("Accepted by the customer")
    REJECTED = "rejected", _("Rejected by the customer")
    APPLIED = "applied", _("Applied")
    WITHDRAWN = "withdrawn", _("Withdrawn")


#: Stages in which a contract can be overdue.
RUNNING = (Stage.DRAFT, Stage.RELEASED)
#: Stages in which nothing of a contract may change, and the rest.
FROZEN = (Stage.ARCHIVED, Stage.CANCELLED)
LIVE = (*RUNNING, Stage.DELIVERED, Stage.CONFIRMED)


def gate(verb: str) -> Callable[[Contract, User], str]:
    """A guard that names the first thing missing for `verb`; the gate page lists them all.
    The boss passes with a reason, which the services leave in the log."""

    def guard(contract: Contract, actor: User) -> str:
        if may_overrule(actor) and current().reason.strip():
            return ""
        missing = missing_for(verb, contract)
        return str(missing[0].text) if missing else ""

    return guard


def missing_for(verb: str, contract: Contract) -> list[Any]:
    """Everything the gates of `verb` still wait for, as `Missing` entries."""
    return [missing for check in gates(verb) for missing in check(contract)]


def may_overrule(actor: User) -> bool:
    return actor.role == Role.BOSS


def gates(verb: str) -> list[Callable[[Any], Any]]:
    return [check for (name, _app), check in register.entries("contracts.gates").items() if name == verb]


LIFE = Workflow(
    Transition("release_plan", (Stage.DRAFT,), Stage.RELEASED, _("Release plan"), gate("release_plan")),
    Transition(
        "deliver",
        (Stage.DRAFT, Stage.RELEASED),
        Stage.DELIVERED,
        _("Record delivery"),
        gate("deliver"),
    ),
    Transition("confirm_delivery", (Stage.DELIVERED,), Stage.CONFIRMED, _("Confirm delivery")),
    Transition(
        "archive",
        (Stage.DELIVERED, Stage.CONFIRMED),
        Stage.ARCHIVED,
        _("Archive contract"),
        gate("archive"),
    ),
    Transition(
        "reopen",
        (Stage.ARCHIVED,),
        Stage.CONFIRMED,
        _("Reopen contract"),
        needs_reason=True,
        thaws=True,
    ),
    Transition(
        "cancel",
        (Stage.DRAFT, Stage.RELEASED),
        Stage.CANCELLED,
        _("Cancel contract"),
        needs_reason=True,
    ),
    field="stage",
)


def _not_the_last(delivery: Any, actor: User) -> str:
    """The last delivery made the contract delivered: it is corrected, not taken back."""
    return str(_("The last delivery cannot be taken back. Correct it.")) if delivery.final else ""


#: A partial delivery that never was is void, with a reason.
DELIVERY_LIFE = Workflow(
    Transition(
        "void_delivery",
        (DeliveryState.RECORDED,),
        DeliveryState.VOID,
        _("Void partial delivery"),
        _not_the_last,
        needs_reason=True,
    ),
    field="state",
)

#: A change order from draft to the contract it changed.
CHANGE_LIFE = Workflow(
    Transition("send_change", (ChangeState.DRAFT,), ChangeState.SENT, _("Confirm and send to the customer")),
    Transition("accept_change", (ChangeState.SENT,), ChangeState.ACCEPTED, _("Accept change order")),
    Transition(
        "reject_change",
        (ChangeState.SENT,),
        ChangeState.REJECTED,
        _("Reject change order"),
        needs_reason=True,
    ),
    Transition("apply_change", (ChangeState.ACCEPTED,), ChangeState.APPLIED, _("Apply change order")),
    Transition(
        "withdraw_change",
        (ChangeState.DRAFT, ChangeState.SENT, ChangeState.ACCEPTED),
        ChangeState.WITHDRAWN,
        _("Withdraw change order"),
        needs_reason=True,
    ),
    field="state",
)

#: The facts the status rule reads; upper apps fill `contracts.facts` under these names.
FACTS = (
    "acceptance_open",  # contract-scope acceptance pending or its latest round rejected
    "rework_open",  # a task's latest acceptance rejected and not re-applied
    "feedback_open",  # an unresolved feedback
    "levels_passed",  # every required level of the latest contract-scope round passed
    "assembly_started",  # a non-cancelled task of an assembly department has an actual start
    "work_started",  # any non-cancelled task has an actual start
    "purchase_started",  # any purchase is ordered or later
    "next_task_end",  # earliest planned end of open tasks (a date, for the overdue overlay)
)


def derive_status(facts: dict[str, Any], *, delivered: bool) -> str:
    """The first rule that holds, top down; a missing fact is false."""
    if facts.get("acceptance_open") or facts.get("rework_open"):
        return Status.ISSUE
    if delivered and facts.get("feedback_open"):
        return Status.ISSUE
    if facts.get("levels_passed"):
        return Status.ACCEPTED
    if facts.get("assembly_started"):
        return Status.PRODUCTION
    if facts.get("work_started") or facts.get("purchase_started"):
        return Status.PROCESSING
    return Status.UNSTARTED
