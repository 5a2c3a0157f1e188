"""The payment plan and what comes in on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Contract, Payment, PaymentMilestone
from contracts.money.due import Claim, claims, plan_of
from contracts.money.states import Booked, Kind, On
from contracts.services.status import lock_contract
from contracts.services.telling import tell_payment
from erp.access import demand
from erp.workflow import Blocked, advance, change, create, follow, remove

if TYPE_CHECKING:
    from orgchart.models import User


CENT = Decimal("0.01")


class TooMuch(Blocked):
    """More than is open was to be booked: possible when confirmed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a usual payment plan."""

    title: Any
    kind: str
    percent: int
    event: str
    months: int = 0
    days: int = 0


_DEPOSIT = gettext_lazy("Advance payment")
_SHIPMENT = gettext_lazy("Payment on delivery")
_ACCEPTANCE = gettext_lazy("Payment on acceptance")
_RETENTION = gettext_lazy("Retention")


def _usual(*percents: int) -> tuple[Part, ...]:
    """Advance, delivery, acceptance, retention; a share of 0 is left out."""
    parts = (
        Part(_DEPOSIT, Kind.DEPOSIT, percents[0], On.SIGNED, days=7),
        Part(_SHIPMENT, Kind.SHIPMENT, percents[1], On.DELIVERED, days=7),
        Part(_ACCEPTANCE, Kind.ACCEPTANCE, percents[2], On.ACCEPTED, days=30),
        Part(_RETENTION, Kind.RETENTION, percents[3], On.ACCEPTED, months=12),
    )
    return tuple(part for part in parts if part.percent)


#: The payment plans that most contracts have; the key is what people call them.
PLANS: dict[str, tuple[Part, ...]] = {
    "3-3-3-1": _usual(30, 30, 30, 10),
    "3-6-1": _usual(30, 60, 0, 10),
    "5-4-1": _usual(50, 40, 0, 10),
    "3-4-2-1": _usual(30, 40, 20, 10),
    "5-5": _usual(50, 50, 0, 0),
}


@transaction.atomic
def add_milestone(contract: Contract, *, actor: User, **fields: Any) -> PaymentMilestone:
    """One more part of the payment plan. Raises PermissionDenied, Blocked, ValidationError."""
    contract = lock_contract(contract.pk)
    demand(actor, "manage_finance", contract)
    return create(PaymentMilestone(contract=contract, **fields), actor=actor, verb="plan_payment")


@transaction.atomic
def apply_plan(contract: Contract, plan: str, *, actor: User) -> list[PaymentMilestone]:
    """A usual plan in one go, for a contract that has none. Raises PermissionDenied, Blocked."""
    contract = lock_contract(contract.pk)
    demand(actor, "manage_finance", contract)
    if contract.milestones.exists():
        raise Blocked(_("This contract has a payment plan already: change its parts."))
    if plan not in PLANS:
        raise Blocked(_("There is no such payment plan."))
    return [
        create(
            PaymentMilestone(
                contract=contract,
                title=str(part.title),
                kind=part.kind,
                percent=Decimal(part.percent),
                event=part.event,
                offset_months=part.months,
                offset_days=part.days,
            ),
            actor=actor,
            verb="plan_payment",
        )
        for part in PLANS[plan]
    ]


@transaction.atomic
def edit_milestone(
    milestone: PaymentMilestone, *, actor: User, version: int | None, **fields: Any
) -> PaymentMilestone:
    """Change a part of the plan; never to less than came in on it already.
    Raises PermissionDenied, Stale, Blocked, ValidationError."""
    lock_contract(milestone.contract_id)
    before = claim_of(milestone)
    if "event" in fields:  # the day belongs to a fixed payment, the distance to all others
        fields |= (
            {"offset_months": 0, "offset_days": 0} if fields["event"] == On.FIXED else {"fixed_on": None}
        )
    milestone = change(
        milestone, actor=actor, version=version, verb="plan_payment", right="manage_finance", **fields
    )
    now = claim_of(milestone)
    if now.amount != before.amount and now.amount is not None and now.amount < now.received:
        name = "amount" if milestone.percent is None else "percent"
        raise ValidationError({name: _("More than this was received already.")})
    return milestone


@transaction.atomic
def settle_shares(contract: Contract, deal: Decimal, *, actor: User, reason: str) -> None:
    """The deal is about to become `deal`. What was paid in whole stays what it was; the shares still open
    carry the difference, each by its part, and become amounts. Nothing is written while no share is paid
    in whole: shares follow the deal by themselves. Where the open ones cannot carry it, they stay shares,
    and the plan says that it does not add up. The right is the caller's question."""
    shares = [claim for claim in plan_of(contract) if claim.percent is not None and claim.amount]
    paid = [claim for claim in shares if not claim.open]
    if not paid:
        return
    amounts = {claim.pk: claim.amount for claim in paid} | _spread(shares, deal)
    rows = PaymentMilestone.objects.filter(pk__in=amounts).order_by("pk")
    for row in rows.select_for_update():
        follow(row, actor=actor, verb="plan_payment", reason=reason, percent=None, amount=amounts[row.pk])


def _spread(shares: list[Claim], deal: Decimal) -> dict[int, Decimal]:
    """What the open ones of `shares` come to, so that all together keep their part of `deal`; {} where one
    would come to less than was received."""
    left = [claim for claim in shares if claim.open]
    parts = [claim.percent or Decimal(0) for claim in left]
    whole = deal * sum((claim.percent or Decimal(0) for claim in shares), Decimal(0)) / 100
    rest = whole - sum((claim.amount or Decimal(0) for claim in shares if not claim.open), Decimal(0))
    found: dict[int, Decimal] = {}
    told = until = Decimal(0)
    for claim, part in zip(left, parts, strict=True):
        until += rest * part / sum(parts)
        found[claim.pk] = until.quantize(CENT, ROUND_HALF_UP) - told
        told += found[claim.pk]
        if found[claim.pk] < max(claim.received, CENT):
            return {}
    return found


@transaction.atomic
def remove_milestone(milestone: PaymentMilestone, *, actor: User) -> None:
    """Take a part out of the plan on which nothing was ever booked. Raises PermissionDenied, Blocked."""
    lock_contract(milestone.contract_id)
    if milestone.payments.exists():
        raise Blocked(_("Receipts were booked on this part, so it stays. Change it instead."))
    remove(milestone, actor=actor, verb="unplan_payment", right="manage_finance")


@transaction.atomic
def receive_payment(
    milestone: PaymentMilestone,
    *,
    actor: User,
    amount: Decimal,
    received_on: date,
    over: bool = False,
    **fields: Any,
) -> Payment:
    """Book what came in, in the contract's currency; more than is open only when `over` confirms it.
    Raises PermissionDenied, Blocked (TooMuch), ValidationError."""
    milestone.contract = contract = lock_contract(milestone.contract_id)
    demand(actor, "manage_finance", contract)
    if amount <= 0:
        raise ValidationError({"amount": _("This must be more than nothing.")})
    if received_on > timezone.localdate():
        raise ValidationError({"received_on": _("What was received cannot lie in the future.")})
    claim = claim_of(milestone)
    if claim.amount is None:
        raise Blocked(_("Enter the deal of the contract first: this part is a share of it."))
    if amount > claim.open and not over:
        raise TooMuch(_("That is more than is open on this part. Confirm it if it is right."))
    payment = Payment(milestone=milestone, amount=amount, received_on=received_on, **fields)
    payment = create(payment, actor=actor, verb="receive_payment")
    tell_payment(payment, actor)
    return payment


@transaction.atomic
def take_back_payment(payment: Payment, *, actor: User, reason: str, version: int | None = None) -> Payment:
    """A receipt that was wrong no longer counts; the row and the reason stay.
    Raises PermissionDenied, Blocked, Stale."""
    lock_contract(payment.milestone.contract_id)
    return advance(
        payment, "take_back", actor=actor, version=version, reason=reason, why_taken_back=reason[:200]
    )


def claim_of(milestone: PaymentMilestone) -> Claim:
    """The part as it stands now, as stored."""
    (found,) = claims(PaymentMilestone.objects.filter(pk=milestone.pk))
    return found


def something_received(contract: Contract) -> bool:
    return Payment.objects.filter(milestone__contract=contract, status=Booked.BOOKED).exists()
