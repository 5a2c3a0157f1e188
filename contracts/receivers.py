"""What changes below and reaches the grants of contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from contracts.models import Contract, ContractQuerySet, TeamMember
from contracts.services import refresh_live, sync_all_grants
from orgchart.models import Company, Department, Person, User
from orgchart.states import RIGHTS_CHANGED

if TYPE_CHECKING:
    from erp.workflow import Transition


def rights_changed(sender: type[Any], obj: Any, transition: Transition, **_: Any) -> None:
    """Derive the grants again, as far as the thing that changed reaches. What a department is for
    also decides the status: work has another meaning, in contracts without a member of it, too."""
    if transition is RIGHTS_CHANGED:
        sync_all_grants(reached(obj))
        if isinstance(obj, Department):
            refresh_live()


def reached(obj: Any) -> ContractQuerySet:
    """The contracts whose rights hang on `obj`: all of them for rights and the organisation."""
    rows: ContractQuerySet = Contract.objects.all()
    if isinstance(obj, Person):
        return rows.of_person(obj)
    if isinstance(obj, User):
        return rows.filter(Q(company=obj.company_id) if obj.company_id else _works_on(obj))
    if isinstance(obj, Company):
        return rows.filter(company=obj)
    if isinstance(obj, Department):
        return rows.filter(Exists(TeamMember.objects.filter(contract=OuterRef("pk"), department=obj)))
    return rows


def _works_on(user: User) -> Q:
    team = TeamMember.objects.filter(contract=OuterRef("pk"), person__user=user)
    return Q(manager__user=user) | Q(Exists(team))
