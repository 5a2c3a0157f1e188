"""The payment plan of one contract, ready to print."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracts.models import Payment
from contracts.money.due import Claim, plan_of
from contracts.money.states import Booked, Kind, Method, On
from contracts.money.words import in_words
from contracts.tables import late_words
from erp.dates import short_day
from erp.money import amount

if TYPE_CHECKING:
    from contracts.models import Contract

#: How a state looks; the words are its own.
LOOKS = {"open": "", "due": "tone-info", "overdue": "tone-bad", "partly": "tone-warn", "received": "tone-ok"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came in, ready to print."""

    day: str
    amount: str
    method: str
    note: str
    back: str  # why it was taken back
    url: str  # where it is taken back


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the plan, ready to print."""

    title: str
    kind: str
    share: str
    amount: str
    due: str
    when: str
    state: str
    look: str
    late: str
    received: str
    open: str
    invoice: str
    note: str
    receipts: list[Receipt]
    receive_url: str
    waits: bool  # something is open: booking it is the first thing to do
    edit_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan with its sums; `gap` says when the parts are not the deal."""

    rows: list[Row]
    planned: str
    received: str
    open: str
    open_words: str
    gap: str


def plan(contract: Contract) -> Plan:
    """Read in two queries, however long the plan."""
    found = plan_of(contract)
    receipts: dict[int, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(milestone__contract=contract).order_by("received_on", "id"):
        receipts[payment.milestone_id].append(payment)
    rows = [_row(claim, receipts[claim.pk], contract) for claim in found]
    planned = sum((claim.amount or Decimal(0) for claim in found), Decimal(0))
    came = sum((claim.received for claim in found), Decimal(0))
    left = sum((claim.open for claim in found), Decimal(0))
    text = amount
    return Plan(
        rows=rows,
        planned=text(planned, contract.currency),
        received=text(came, contract.currency),
        open=text(left, contract.currency),
        open_words=written_out(left, contract.currency),
        gap=_gap(contract, found, planned),
    )


def written_out(value: Decimal | None, currency: str) -> str:
    """An amount of yuan in words, for readers of Chinese."""
    if value is None or currency != "CNY" or get_language() == "en":
        return ""
    return in_words(value)


def when(event: str, months: int, days: int) -> str:
    """`7 days after: Contract signed`, in the language now active."""
    label = str(On(event).label)
    if event == On.FIXED:
        return label
    parts = []
    if months:
        parts.append(ngettext("%(n)s month", "%(n)s months", months) % {"n": months})
    if days:
        parts.append(ngettext("%(n)s day", "%(n)s days", days) % {"n": days})
    if not parts:
        return label
    return _("%(event)s + %(time)s") % {"event": label, "time": " ".join(parts)}


def _gap(contract: Contract, found: list[Claim], planned: Decimal) -> str:
    """A warning, no refusal: plans are written before everything is agreed."""
    deal = contract.deal_amount
    if not found or (deal is None and not any(claim.percent for claim in found)):
        return ""
    if deal is None:
        return _("Shares of the deal have no amount until the deal is entered.")
    if planned == deal:
        return ""
    difference = amount(abs(deal - planned), contract.currency)
    if planned < deal:
        return _("The parts are %(amount)s less than the deal.") % {"amount": difference}
    return _("The parts are %(amount)s more than the deal.") % {"amount": difference}


def _row(claim: Claim, payments: list[Payment], contract: Contract) -> Row:
    keys = {"pk": contract.pk, "milestone": claim.pk}
    number, invoiced = claim.invoice
    share = f"{claim.percent.normalize():f} %" if claim.percent is not None else ""
    return Row(
        title=claim.title,
        kind=str(Kind(claim.kind).label),
        share=share,
        amount=amount(claim.amount, claim.currency) or "—",
        due=_due(claim),
        when=when(claim.event, claim.months, claim.days),
        state=str(claim.state.label),
        look=LOOKS[claim.state],
        late=late_words(claim.days_late),
        received=amount(claim.received, claim.currency) if claim.received else "",
        open=amount(claim.open, claim.currency) if claim.amount is not None else "—",
        invoice=" · ".join(part for part in (number, short_day(invoiced)) if part),
        note=claim.note,
        receipts=[_receipt(payment, contract) for payment in payments],
        receive_url=reverse("contracts:receive", kwargs=keys) if claim.amount is not None else "",
        waits=bool(claim.open),
        edit_url=reverse("contracts:milestone", kwargs=keys),
        remove_url="" if payments else reverse("contracts:milestone_remove", kwargs=keys),
    )


def _due(claim: Claim) -> str:
    if claim.due:
        return short_day(claim.due)
    if claim.expected:
        return _("about %(day)s") % {"day": short_day(claim.expected)}
    return "—"


def _receipt(payment: Payment, contract: Contract) -> Receipt:
    booked = payment.status == Booked.BOOKED
    keys = {"pk": contract.pk, "payment": payment.pk}
    return Receipt(
        day=short_day(payment.received_on),
        amount=amount(payment.amount, contract.currency),
        method=str(Method(payment.method).label),
        note=payment.note,
        back=payment.why_taken_back,
        url=reverse("contracts:take_back", kwargs=keys) if booked else "",
    )
