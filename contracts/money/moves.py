"""Which payments move when the delivery does, in sentences for those who may read amounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.money.due import WITH_DELIVERY, after, plan_of
from erp.access import allowed
from erp.dates import short_day
from erp.money import amount

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User


def with_plan(contract: Contract, user: User, before: date | None, after_: date | None) -> Iterator[str]:
    """The end of the plan moves: the delivery comes with it where it lies behind the planned one."""
    if contract.delivered_on or before is None or after_ is None:
        return
    planned = contract.planned_delivery
    yield from _told(contract, user, max(before, planned), max(after_, planned))


def with_delivery(contract: Contract, user: User, delivery: date | None) -> Iterator[str]:
    """A change order moves the planned delivery; as in the payment plan, none is expected before today."""
    if delivery is None or contract.delivered_on:
        return
    today = timezone.localdate()
    yield from _told(contract, user, max(contract.planned_delivery, today), max(delivery, today))


def with_price(contract: Contract, user: User, change: Decimal | None) -> Iterator[str]:
    """A change order moves the deal: open shares of it that are due already change at once, what is paid
    stays (`settle_shares`)."""
    if not change or not allowed(user, "view_finance", contract):
        return
    shares = [claim for claim in plan_of(contract) if claim.percent is not None]
    if any(claim.amount and not claim.open for claim in shares):
        yield _("What is paid in full stays as it is: the open shares carry the difference.")
    for claim in shares:
        if claim.open and claim.due and claim.due <= claim.today:
            yield _(
                "Payment “%(payment)s” is a share of the deal and due already: its amount changes at once."
            ) % {"payment": claim.title}


def _told(contract: Contract, user: User, old: date, new: date) -> Iterator[str]:
    if old == new or not allowed(user, "view_finance", contract):
        return
    for claim in plan_of(contract):
        if claim.event not in WITH_DELIVERY or claim.due or (claim.amount is not None and not claim.open):
            continue
        was, then = after(old, claim.months, claim.days), after(new, claim.months, claim.days)
        words = {
            "payment": claim.title,
            "amount": amount(claim.open, claim.currency) if claim.amount is not None else "—",
            "before": short_day(was),
            "after": short_day(then),
        }
        yield _("Payment “%(payment)s” (%(amount)s): expected %(after)s instead of %(before)s.") % words
