"""What happens to plans when something below happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from production.services.baselines import contract_baseline

if TYPE_CHECKING:
    from contracts.models import Contract
    from erp.workflow import Transition
    from orgchart.models import User


def plan_released(sender: type[Any], obj: Contract, transition: Transition, actor: User, **_: Any) -> None:
    """The released plan is what delays are measured against."""
    if sender._meta.label == "contracts.Contract" and transition.verb == "release_plan":
        contract_baseline(obj, actor)
