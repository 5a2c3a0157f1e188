"""The contract, who works on it, and what hangs on it."""

from contracts.models.contract import (
    Contract,
    ContractQuerySet,
    Currency,
    TeamMember,
    led_by,
    nudges_all,
    past_due,
)
from contracts.models.grants import CodeYear, ContractGroupGrant, ContractUserGrant

__all__ = [
    "CodeYear",
    "Contract",
    "ContractGroupGrant",
    "ContractQuerySet",
    "ContractUserGrant",
    "Currency",
    "TeamMember",
    "led_by",
    "nudges_all",
    "past_due",
]
