"""The contract, who works on it, and what hangs on it."""

from contracts.models.changes import ChangeOrder
from contracts.models.contract import (
    Contract,
    ContractQuerySet,
    Currency,
    TeamMember,
    led_by,
    nudges_all,
    past_due,
)
from contracts.models.delivery import Delivery
from contracts.models.grants import CodeYear, ContractGroupGrant, ContractUserGrant
from contracts.models.money import Payment, PaymentMilestone

__all__ = [
    "ChangeOrder",
    "CodeYear",
    "Contract",
    "ContractGroupGrant",
    "ContractQuerySet",
    "ContractUserGrant",
    "Currency",
    "Delivery",
    "Payment",
    "PaymentMilestone",
    "TeamMember",
    "led_by",
    "nudges_all",
    "past_due",
]
