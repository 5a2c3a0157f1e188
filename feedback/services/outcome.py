"""What a feedback becomes: rework in the plan, or a contract of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import create_contract, lock_contract, may_create
from erp.access import allowed, demand
from erp.roles import LEADING
from erp.workflow import Blocked, create, follow
from feedback.models import Feedback, FeedbackRework
from orgchart.models import Department, Person
from production.models import Task
from production.services import create_rework_task

if TYPE_CHECKING:
    from orgchart.models import User


def rework_departments(feedback: Feedback, user: User) -> Any:
    """The departments of the team whose plan `user` may add rework to: all of them where they see to the
    feedback of the contract, else those they lead there."""
    places = TeamMember.objects.filter(contract=feedback.contract_id, department=OuterRef("pk"))
    if not allowed(user, "manage_feedback", feedback.contract):
        places = places.filter(person__user=user, duty__in=LEADING)
    return Department.objects.filter(Exists(places), active=True)


@transaction.atomic
def create_rework(
    feedback: Feedback,
    *,
    actor: User,
    department: Department,
    name: str,
    note: str = "",
    assignee: Person | None = None,
    days: Decimal = Decimal(1),
) -> Task:
    """Put rework into the plan of the contract; feedback and task lead to each other.

    Raises PermissionDenied, Blocked (closed, contract read-only), ValidationError."""
    demand(actor, "rework", feedback)
    if not rework_departments(feedback, actor).filter(pk=department.pk).exists():
        raise PermissionDenied("may not add rework to this department")
    contract = lock_contract(feedback.contract_id)
    stored = Feedback.objects.get(pk=feedback.pk)
    if not stored.is_open:
        shown = stored.get_status_display()
        raise Blocked(_("This feedback is “%(state)s”: there is nothing to rework.") % {"state": shown})
    task = create_rework_task(
        contract,
        actor=actor,
        department=department,
        name=name,
        note=note,
        assignee=assignee,
        rework_of=stored.task,
        days=days,
    )
    create(FeedbackRework(feedback=stored, task=task), actor=actor, verb="make_rework")
    return task


@transaction.atomic
def create_follow_up(feedback: Feedback, *, actor: User, **fields: Any) -> Contract:
    """Open a contract for what was asked; feedback and contract lead to each other. Whoever may open
    contracts and sees the feedback may do it, once. Raises PermissionDenied, Blocked, ValidationError."""
    demand(actor, "view", feedback)
    if not may_create(actor):
        raise PermissionDenied("only boss, admin and sales open contracts")
    lock_contract(feedback.contract_id)
    stored = Feedback.objects.get(pk=feedback.pk)
    if why := stored.frozen():
        raise Blocked(why)
    if stored.follow_up_id:
        raise Blocked(_("There is a follow-up contract already."))
    contract = create_contract(actor=actor, **fields)
    follow(stored, actor=actor, verb="make_follow_up", follow_up=contract)
    return contract
