"""Which levels the acceptances of a contract ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from acceptance.models import AcceptanceLevels
from contracts.models import Contract
from contracts.services import lock_contract
from erp.access import demand
from erp.workflow import Blocked, change, create

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def set_levels(
    contract: Contract, *, actor: User, version: int | None = None, **flags: Any
) -> AcceptanceLevels:
    """Choose the levels of acceptances that are applied for from now on; open rounds keep theirs.
    Raises PermissionDenied, Blocked (read-only contract), Stale, ValidationError (no level left)."""
    demand(actor, "apply_acceptance", contract)
    contract = lock_contract(contract.pk)
    if why := contract.frozen():
        raise Blocked(why)
    row: AcceptanceLevels | None = AcceptanceLevels.objects.filter(contract=contract).first()
    if row is None:
        return create(AcceptanceLevels(contract=contract, **flags), actor=actor, verb="set_levels")
    return change(row, actor=actor, verb="set_levels", version=version, **flags)
