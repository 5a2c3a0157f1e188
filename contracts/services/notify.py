"""Which groups hear of a contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from contracts.models import Contract
from erp.access import demand
from erp.workflow import Blocked
from notifications.models import Channel
from notifications.services import set_contract_robots

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def set_group_robots(contract: Contract, robots: Sequence[Channel], *, actor: User) -> Contract:
    """Make `robots` the groups that hear of this contract, in this order. Raises PermissionDenied,
    Blocked (archived or cancelled)."""
    demand(actor, "manage_team", contract)
    if why := contract.frozen():
        raise Blocked(why)
    set_contract_robots(contract.pk, robots, actor=actor)
    return contract
