"""Everything that writes acceptances."""

from acceptance.services.applying import (
    apply_acceptance,
    open_for_task,
    reapply_acceptance,
    withdraw_acceptance,
    withdraw_with_task,
)
from acceptance.services.deciding import Defect, check_items, pass_step, reject_step
from acceptance.services.levels import set_levels

__all__ = [
    "Defect",
    "apply_acceptance",
    "check_items",
    "open_for_task",
    "pass_step",
    "reapply_acceptance",
    "reject_step",
    "set_levels",
    "withdraw_acceptance",
    "withdraw_with_task",
]
