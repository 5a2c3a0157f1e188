"""The life of an application for acceptance, of its rounds and of the steps of a round, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.workflow import Transition, Workflow

if TYPE_CHECKING:
    from acceptance.models import AcceptanceStep
    from orgchart.models import User


class Scope(models.TextChoices):
    TASK = "task", _("Task")
    CONTRACT = "contract", _("Contract")


class Kind(models.TextChoices):
    """What an acceptance of the contract as a whole is about."""

    FAT = "fat", _("Factory acceptance (FAT)")
    SAT = "sat", _("Site acceptance (SAT)")
    FINAL = "final", _("Final acceptance of the contract")


class Level(models.IntegerChoices):
    SELF = 1, _("Department's own check")
    QUALITY = 2, _("Quality inspection")
    CUSTOMER = 3, _("Customer's acceptance")


class State(models.TextChoices):
    """Where an application or a round stands."""

    PENDING = "pending", _("Under review")
    PASSED = "passed", pgettext_lazy("acceptance", "Passed")
    REJECTED = "rejected", pgettext_lazy("acceptance", "Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("acceptance", "Withdrawn")


class Result(models.TextChoices):
    """What was decided at one level of a round."""

    PENDING = "pending", _("Under review")
    PASSED = "passed", pgettext_lazy("acceptance", "Passed")
    REJECTED = "rejected", pgettext_lazy("acceptance", "Rejected")


class Mark(models.TextChoices):
    """What was found at one item of a checklist."""

    OPEN = "", _("Not checked")
    OK = "ok", _("OK")
    NOT_OK = "not_ok", _("Not OK")
    NOT_APPLICABLE = "na", _("Not applicable")


#: The levels of a round unless the contract says otherwise.
USUAL: dict[str, tuple[int, ...]] = {
    Scope.TASK: (Level.SELF, Level.QUALITY),
    Scope.CONTRACT: (Level.SELF, Level.QUALITY, Level.CUSTOMER),
}
#: What is checked inside our house, before delivery.
INTERNAL = (Level.SELF, Level.QUALITY)

#: An application: consequences of its steps, but for withdrawing and applying again.
LIFE = Workflow(
    Transition("accept", (State.PENDING,), State.PASSED, _("Acceptance passed")),
    Transition("turn_down", (State.PENDING,), State.REJECTED, _("Acceptance rejected")),
    Transition("reapply", (State.REJECTED, State.WITHDRAWN), State.PENDING, _("Apply for acceptance again")),
    Transition("withdraw_application", (State.PENDING,), State.WITHDRAWN, _("Withdraw application")),
    Transition("fall_back", (State.PENDING,), State.REJECTED, _("Withdraw repeated application")),
    field="state",
)

ROUND_LIFE = Workflow(
    Transition("pass_round", (State.PENDING,), State.PASSED, _("Round passed")),
    Transition("reject_round", (State.PENDING,), State.REJECTED, _("Round rejected")),
    Transition("withdraw_round", (State.PENDING,), State.WITHDRAWN, _("Round withdrawn")),
    field="result",
)


def in_order(step: AcceptanceStep, actor: User) -> str:
    """Levels are decided one after the other."""
    before = (other for other in step.round.steps.all() if other.level < step.level)
    if any(other.result != Result.PASSED for other in before):
        return str(_("The level before this one is not passed yet."))
    return ""


def may_decide(step: AcceptanceStep, actor: User) -> str:
    """In order, and by somebody who has no other part in it."""
    from acceptance.separation import why_not  # it reads the models, which name this table

    return in_order(step, actor) or why_not(step, actor)


def may_pass(step: AcceptanceStep, actor: User) -> str:
    from acceptance.evidence import lacking

    return may_decide(step, actor) or lacking(step)


STEP_LIFE = Workflow(
    Transition("pass_step", (Result.PENDING,), Result.PASSED, _("Pass acceptance"), may_pass),
    Transition(
        "reject_step",
        (Result.PENDING,),
        Result.REJECTED,
        _("Reject acceptance"),
        may_decide,
        needs_reason=True,
        keeps="reason",
    ),
    field="result",
)
