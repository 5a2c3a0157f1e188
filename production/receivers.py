"""What happens to plans when something below happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from erp.workflow import follow
from production.models import Baseline
from production.services.baselines import contract_baseline

if TYPE_CHECKING:
    from contracts.models import ChangeOrder, Contract
    from erp.workflow import Transition
    from orgchart.models import User


def plan_released(sender: type[Any], obj: Contract, transition: Transition, actor: User, **_: Any) -> None:
    """The released plan is what delays are measured against."""
    if sender._meta.label == "contracts.Contract" and transition.verb == "release_plan":
        contract_baseline(obj, actor)


def change_applied(
    sender: type[Any], obj: ChangeOrder, transition: Transition, actor: User, **_: Any
) -> None:
    """A delivery date agreed with the customer moves the promise; the plan that was agreed stays, so that
    what happened before the change order still counts. The old day is in the history and on the order."""
    if sender._meta.label == "contracts.ChangeOrder" and transition.verb == "apply_change":
        if obj.new_delivery is None:
            return
        for baseline in Baseline.objects.filter(contract=obj.contract_id, of_contract=True):
            follow(
                baseline,
                actor=actor,
                verb="move_promise",
                reason=str(obj),
                planned_delivery=obj.delivery_after,
            )
