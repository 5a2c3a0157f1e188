"""Separation of duties: who may decide a level, beside holding the right to it.

Nobody decides two levels of a round, a level they applied for, or a task of their own. Where nobody whose
level it is has a free hand, the boss decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from acceptance.states import Level, Scope
from contracts.models import Contract, ContractUserGrant, TeamMember
from erp.access import right_id
from erp.roles import LEADING, Role
from orgchart.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from acceptance.models import AcceptanceStep


def why_not(step: AcceptanceStep, actor: User) -> str:
    """Why `actor`, whose level it may be, has no free hand there; "" when they have."""
    part = part_in(step, actor)
    if part and actor.role == Role.BOSS and not left(step):
        return ""
    return part


def part_in(step: AcceptanceStep, user: User) -> str:
    """What else somebody does in the round of `step`, as a sentence."""
    round_ = step.round
    if any(other.decided_by_id == user.pk for other in _others(step)):
        return _("You decided another level of this round: somebody else decides this one.")
    if round_.applied_by_id == user.pk:
        return _("You applied for this acceptance: somebody else decides on it.")
    if user.pk in _workers(step):
        return _("Nobody decides on their own task.")
    return ""


def left(step: AcceptanceStep) -> list[User]:
    """Those whose level it is and who have a free hand: told that it waits for them."""
    round_ = step.round
    taken = {round_.applied_by_id, *_workers(step)}
    taken |= {other.decided_by_id for other in _others(step)}
    return list(natural(step).exclude(pk__in=[pk for pk in taken if pk]).order_by("pk"))


def deciders(step: AcceptanceStep) -> list[User]:
    """Who decides: those with a free hand; the bosses where there are none."""
    return left(step) or list(User.objects.filter(role=Role.BOSS, is_active=True).order_by("pk"))


def natural(step: AcceptanceStep) -> QuerySet[User]:
    """The people whose level it is, by their place in the contract. Level 3 is the customer's; the
    manager decides it on their behalf."""
    acceptance = step.round.acceptance
    contract = acceptance.contract
    users = User.objects.filter(is_active=True)
    if step.level == Level.QUALITY:
        held = ContractUserGrant.objects.filter(
            content_object=contract, permission_id=right_id(Contract, "inspect")
        )
        return users.filter(pk__in=held.order_by().values("user"))
    manager = Q(pk=contract.manager.user_id)
    if step.level == Level.CUSTOMER:
        return users.filter(manager | Q(role=Role.CUSTOMER, company=contract.company_id))
    if acceptance.scope == Scope.CONTRACT:
        return users.filter(manager)
    leading = TeamMember.objects.filter(
        contract=contract, department=acceptance.department_id, duty__in=LEADING
    )
    return users.filter(pk__in=leading.order_by().values("person__user"))


def _others(step: AcceptanceStep) -> list[AcceptanceStep]:
    """The other steps of the round: a handful, read at once, or at hand already."""
    return [other for other in step.round.steps.all() if other.pk != step.pk]


def _workers(step: AcceptanceStep) -> Iterable[int]:
    """Accounts of who does the task now and who did it when it was submitted."""
    task, worker = step.round.acceptance.task, step.round.worker
    people = [worker, task.assignee if task else None]
    return {person.user_id for person in people if person and person.user_id}
