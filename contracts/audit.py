"""Who reads which entries of the operation log, by contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from contracts.models import Contract, ContractQuerySet, TeamMember
from contracts.queries import held_anywhere
from erp.audit.timeline import ContractNames, MoneyFields, Named
from erp.roles import LEADING

if TYPE_CHECKING:
    from orgchart.models import User


def finance_readers(user: User) -> ContractQuerySet:
    """The contracts whose amounts `user` may read."""
    rows: ContractQuerySet = Contract.objects.for_user(user, "view_finance")
    return rows


MONEY = MoneyFields(frozenset({"quote_amount", "deal_amount"}), finance_readers)
CHANGE_MONEY = MoneyFields(
    frozenset({"price_change", "deal_before", "deal_after"}),
    lambda user: Contract.objects.for_user(user, "view_finance"),
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


def find(user: User, word: str, limit: int) -> list[int]:
    """Contracts in sight whose number, code or name has `word`."""
    named = Q(number__icontains=word) | Q(code__iexact=word) | Q(name__icontains=word)
    rows = Contract.objects.for_user(user).filter(named).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def named(user: User, ids: set[int]) -> dict[int, Named]:
    rows = Contract.objects.for_user(user).filter(pk__in=ids).order_by().values_list("pk", "number")
    return {pk: Named(number, f"/contracts/{pk}/") for pk, number in rows}


NAMES = ContractNames(find, named)


def reader(user: User) -> bool:
    """Whether the log has a page for `user`; asked on every page."""
    if "view_audit" in held_anywhere(user):
        return True
    return TeamMember.objects.filter(person__user=user, duty__in=LEADING).exists()
