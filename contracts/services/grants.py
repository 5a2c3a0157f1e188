"""Grants: the consequence of membership. Nothing else writes them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from contracts.models import Contract, ContractGroupGrant, ContractUserGrant
from contracts.states import LIVE
from erp.access import write_grants
from erp.roles import CUSTOMER_VERBS, DUTY_VERBS, MANAGER_FINANCE_VERBS, MANAGER_VERBS
from orgchart.models import FunctionRight, Organisation


def derive_grants(contract: Contract) -> set[tuple[int, str]]:
    """(user id, verb) of everybody in the team: the union of all positions a person holds."""
    rights: dict[str, set[str]] = {}
    for function, verb in FunctionRight.objects.values_list("function", "verb"):
        rights.setdefault(function, set()).add(verb)
    wanted: set[tuple[int, str]] = set()
    members = contract.team.filter(person__user__isnull=False).values_list(
        "person__user_id", "duty", "department__function"
    )
    for user, duty, function in members:
        wanted |= {(user, verb) for verb in DUTY_VERBS[duty] | rights.get(function, set())}
    if manager := contract.manager.user_id:
        sees_money = Organisation.objects.filter(manager_sees_finance=True).exists()
        verbs = MANAGER_VERBS | (MANAGER_FINANCE_VERBS if sees_money else frozenset())
        wanted |= {(manager, verb) for verb in verbs}
    return wanted


@transaction.atomic
def sync_grants(contract: Contract) -> int:
    """Make the stored grants of a contract what its team, company and stage say; returns rows changed."""
    group = contract.company.group_id
    customers = {(group, verb) for verb in CUSTOMER_VERBS} if group else set()
    live = contract.stage in LIVE
    team = derive_grants(contract)
    return write_grants(ContractUserGrant, contract, team, "user", live=live) + write_grants(
        ContractGroupGrant, contract, customers, "group", live=live
    )


def sync_all_grants(contracts: QuerySet[Contract] | None = None) -> int:
    """Derive again for all (or these) contracts; returns rows changed."""
    rows = Contract.objects.all() if contracts is None else contracts
    return sum(sync_grants(c) for c in rows.select_related("company", "manager").iterator(500))


def grant_differences() -> list[dict[str, object]]:
    """Contracts whose stored grants are not what their team and company say; writes nothing."""
    found: list[dict[str, object]] = []
    for contract in Contract.objects.select_related("company", "manager").iterator(500):
        with transaction.atomic():
            changed = sync_grants(contract)
            transaction.set_rollback(True)
        if changed:
            found.append({"contract": contract.pk, "number": contract.number, "grants": changed})
    return found
