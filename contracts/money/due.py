"""What is derived of a payment plan: amounts, days, where each part stands. Read in one query."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from contracts.money.states import Due, On
from contracts.states import Stage
from erp import register

if TYPE_CHECKING:
    from contracts.models import Contract
    from contracts.models.money import MilestoneQuerySet

#: What falls due within so many days is "due soon".
SOON = timedelta(days=14)
#: The contract's own days of events.
OWN = {
    On.SIGNED: "signed_on",
    On.RELEASED: "released_on",
    On.DELIVERED: "delivered_on",
    On.CONFIRMED: "confirmed_on",
}
#: Events that come with the delivery or after it: until then they are expected with the planned one.
WITH_DELIVERY = (On.DELIVERED, On.CONFIRMED, On.ACCEPTED)
#: Contracts whose money is owed: everything but what was cancelled.
OWED = ~Q(contract__stage=Stage.CANCELLED)
COLUMNS = (
    "pk", "contract_id", "title", "kind", "percent", "event", "offset_months", "offset_days", "fixed_on",
    "invoice_number", "invoiced_on", "note", "cents", "received", "contract__currency",
    "contract__planned_delivery",
    *(f"contract__{name}" for name in OWN.values()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One part of a payment plan as it stands `today`. `due` is None until its event came; `expected`
    is then the day it would be due if the delivery comes as planned. `amount` is None while the
    contract has no deal to take a share of."""

    pk: int
    contract: int
    title: str
    kind: str
    percent: Decimal | None
    event: str
    months: int
    days: int
    due: date | None
    expected: date | None
    amount: Decimal | None
    received: Decimal
    currency: str
    invoice: tuple[str, date | None]
    note: str
    today: date

    @property
    def open(self) -> Decimal:
        """What is still to come; never less than nothing."""
        return max((self.amount or Decimal(0)) - self.received, Decimal(0))

    @property
    def days_late(self) -> int:
        """Calendar days past the due day, while something is open."""
        return (self.today - self.due).days if self.due and self.open and self.due < self.today else 0

    @property
    def state(self) -> Due:
        if self.amount is not None and not self.open:
            return Due.RECEIVED
        if self.days_late:
            return Due.OVERDUE
        if self.received:
            return Due.PARTLY
        return Due.DUE if self.due and self.due <= self.today + SOON else Due.OPEN


def claims(rows: MilestoneQuerySet, today: date | None = None) -> list[Claim]:
    """The parts in `rows`, in their order, in one query."""
    today = today or timezone.localdate()
    days = [f"event_day_{event}" for event in register.entries("contracts.event_days")]
    found = rows.with_amounts().with_days().values(*COLUMNS, *days)
    return [_claim(row, today) for row in found.iterator(2000)]


def plan_of(contract: Contract, today: date | None = None) -> list[Claim]:
    """The payment plan of one contract."""
    return claims(contract.milestones.order_by("id"), today)


def after(day: date, months: int, days: int) -> date | None:
    """`months` and then `days` after `day`; the 31st becomes the last of a shorter month. None beyond
    the calendar."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    if year > 9990:
        return None
    return date(year, month, min(day.day, monthrange(year, month)[1])) + timedelta(days=days)


def _claim(row: dict[str, Any], today: date) -> Claim:
    months, days, event = row["offset_months"], row["offset_days"], row["event"]
    came = _came(row)
    due = came if event == On.FIXED else after(came, months, days) if came else None
    waits = due is None and event in WITH_DELIVERY
    expected = after(_delivery(row, today), months, days) if waits else due
    cents = row["cents"]
    return Claim(
        pk=row["pk"],
        contract=row["contract_id"],
        title=row["title"],
        kind=row["kind"],
        percent=row["percent"],
        event=event,
        months=months,
        days=days,
        due=due,
        expected=expected,
        amount=None if cents is None else money(cents),
        received=money(row["received"]),
        currency=row["contract__currency"],
        invoice=(row["invoice_number"], row["invoiced_on"]),
        note=row["note"],
        today=today,
    )


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))


def _came(row: dict[str, Any]) -> date | None:
    """The day of the event, where it came."""
    event = row["event"]
    if event == On.FIXED:
        return row["fixed_on"]  # type: ignore[no-any-return]
    if event in OWN:
        return row[f"contract__{OWN[On(event)]}"]  # type: ignore[no-any-return]
    return row.get(f"event_day_{event}")


def _delivery(row: dict[str, Any], today: date) -> date:
    """When the delivery came or is to come: not before today while it is open."""
    planned: date = row["contract__planned_delivery"]
    return row["contract__delivered_on"] or max(planned, today)
