"""Taking everything of a contract out of the house: asked here, logged, made by `contracts.exporting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from contracts.exporting import Bundle
from contracts.models import Contract
from erp.access import demand
from erp.audit import acting_as
from erp.audit.services import record
from erp.roles import REACH_ALL

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def export_contract(contract: Contract, *, actor: User, to: str) -> Bundle:
    """The bundle of a contract, to be written or sent. It holds all amounts and all files, so it is for
    those who reach everything; who took it is in the log, and so in the export. Raises PermissionDenied."""
    if actor.role not in REACH_ALL:
        raise PermissionDenied("only boss and administrator export contracts")
    demand(actor, "view", contract)
    with acting_as(actor, verb="export_contract"):
        record("export_contract", contract, to=to)
    return Bundle(contract, actor)
