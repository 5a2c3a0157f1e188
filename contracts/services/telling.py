"""Who hears of the life of a contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contracts.models import Contract
from erp.audit import acting_as
from notifications.services import notify

if TYPE_CHECKING:
    from orgchart.models import User


def _team(contract: Contract) -> list[Any]:
    return [place.person for place in contract.team.select_related("person")]


def _answering(contract: Contract) -> list[Any]:
    return [contract.manager, contract.sales_person]


#: Who hears of which deed; the dry run asks the same.
AUDIENCES: dict[str, Callable[[Contract], list[Any]]] = {
    "plan_released": _team,
    "contract_delivered": _answering,
    "delivery_confirmed": _answering,
    "contract_cancelled": lambda contract: [contract.manager, *_team(contract)],
}


def tell_life(event: str, contract: Contract, actor: User) -> None:
    """One message about this step to each of the people it concerns; the actor is passed over."""
    with acting_as(actor):
        notify(
            event,
            contract,
            AUDIENCES[event](contract),
            key=f"{event}-{contract.pk}-{contract.version}",
            contract=contract.number,
            name=contract.name,
        )
