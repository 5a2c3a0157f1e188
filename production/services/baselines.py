"""Plans as they stood: named baselines, and the contract's own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.services import lock_contract
from erp.access import demand
from erp.workflow import Blocked, create
from production.models import Baseline, BaselineTask, Task
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

#: The stored name of the contract's own baseline; people read `str(baseline)`.
CONTRACTS_OWN = "*"
DATES = ("planned_start", "planned_end", "begins_afternoon", "ends_noon")


@transaction.atomic
def take_baseline(
    contract: Contract, *, actor: User, name: str, on: date | None = None, of_contract: bool = False
) -> Baseline:
    """Keep the dates of every task (not cancelled) under `name`. Raises PermissionDenied, Blocked
    (the name is taken, the contract is frozen, there is no task)."""
    demand(actor, "manage_tasks", contract)
    lock_contract(contract.pk)
    if Baseline.objects.filter(contract=contract, name=name).exists():
        raise Blocked(_("There is a baseline “%(name)s” already.") % {"name": name})
    tasks = Task.objects.filter(contract=contract).exclude(status=Status.CANCELLED).order_by("id")
    rows = list(tasks.values("pk", *DATES))
    if not rows:
        raise Blocked(_("The plan has no task yet."))
    baseline = Baseline(
        contract=contract, name=name, taken_on=on or timezone.localdate(),
        planned_delivery=contract.planned_delivery, of_contract=of_contract,
    )  # fmt: skip
    create(baseline, actor=actor, verb="take_baseline")
    BaselineTask.objects.bulk_create(
        BaselineTask(baseline=baseline, task_id=row.pop("pk"), **row) for row in rows
    )
    return baseline


def contract_baseline(contract: Contract, actor: User) -> Baseline | None:
    """The baseline of the contract, taken once, when its plan is released; none of an empty plan."""
    rows = Baseline.objects.filter(contract=contract, of_contract=True)
    if rows.exists() or not contract.tasks.exclude(status=Status.CANCELLED).exists():
        return None
    return take_baseline(contract, actor=actor, name=CONTRACTS_OWN, on=contract.released_on, of_contract=True)
