"""Who reads which entries of the operation log, by contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from contracts.models import Contract, TeamMember
from erp.audit.timeline import MoneyFields
from erp.roles import LEADING

if TYPE_CHECKING:
    from orgchart.models import User

MONEY = MoneyFields(
    frozenset({"quote_amount", "deal_amount"}), lambda user: Contract.objects.for_user(user, "view_finance")
)


def scope(user: User) -> Q:
    """Values: all of a contract with `view_audit`; leaders what is filed under their department."""
    whole = Contract.objects.for_user(user, "view_audit").order_by().values("pk")
    led = TeamMember.objects.filter(
        contract=OuterRef("contract_id"),
        department=OuterRef("department_id"),
        person__user=user,
        duty__in=LEADING,
    )
    return Q(contract_id__in=whole) | Q(Exists(led))


def place(user: User) -> Q:
    """Bare deeds: of contracts in sight; things outside contracts are judged one by one."""
    return Q(contract_id=None) | Q(contract_id__in=Contract.objects.for_user(user).order_by().values("pk"))


def reader(user: User) -> bool:
    if Contract.objects.for_user(user, "view_audit").exists():
        return True
    return TeamMember.objects.filter(person__user=user, duty__in=LEADING).exists()
