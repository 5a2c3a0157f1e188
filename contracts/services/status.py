"""The derived status: read the facts, store what they say."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from contracts.models import Contract
from contracts.states import FACTS, derive_status
from erp import register
from erp.audit import acting_as, current


def read_facts(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Annotate every registered fact as `fact_<name>`."""
    found = register.entries("contracts.facts")
    return contracts.annotate(**{f"fact_{name}": found[name] for name in FACTS if name in found})


def derived(contract: Any) -> dict[str, Any]:
    """What the facts say of a contract annotated by `read_facts`: status and next task end."""
    facts = {name: getattr(contract, f"fact_{name}", None) for name in FACTS}
    next_task_end = facts.pop("next_task_end")
    status = derive_status(facts, delivered=contract.delivered_on is not None)
    return {"status": status, "next_task_end": next_task_end}


def lock_contract(pk: int) -> Contract:
    """The stored row, held to the end of the transaction. Whoever will also write rows below it (tasks,
    team, status) asks for it first, so that two of them never wait for each other."""
    row: Contract = Contract.objects.select_for_update().get(pk=pk)
    return row


@transaction.atomic
def refresh_status(contract: Contract) -> Contract:
    """Store what the facts now say. Derived values are nobody's edit: they raise no version, but
    leave history and audit when they change. Frozen contracts keep theirs."""
    lock_contract(contract.pk)
    row = read_facts(Contract.objects.filter(pk=contract.pk)).get()
    found = derived(row)
    moved = [name for name, value in found.items() if getattr(row, name) != value]
    if moved and not row.frozen():
        for name in moved:
            setattr(row, name, found[name])
        row._change_reason = "derive_status"
        with acting_as(current().user, verb="derive_status"):
            row.save(update_fields=moved)
    return row


def refresh_live() -> int:
    """Store what the facts now say of every live contract; returns how many differed. All are read
    in one query, only those that differ are locked and written."""
    moved = {row["contract"] for row in status_differences()}
    for pk in sorted(moved):
        refresh_status(Contract(pk=pk))
    return len(moved)


def status_differences() -> list[dict[str, Any]]:
    """Running contracts whose stored status or next task end is not what the facts say."""
    found: list[dict[str, Any]] = []
    for contract in read_facts(Contract.objects.live().order_by("pk")).iterator(500):
        for field, value in derived(contract).items():
            if (stored := getattr(contract, field)) != value:
                where = {"contract": contract.pk, "number": contract.number, "field": field}
                found.append({**where, "stored": stored, "derived": value})
    return found
