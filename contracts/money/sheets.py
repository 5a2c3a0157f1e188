"""The money of a contract as lists of its export; the export is for those who reach all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.joints import Sheet
from contracts.models import Payment
from contracts.money.costs import all_costs
from contracts.money.due import plan_of
from contracts.money.plan import when
from contracts.money.states import Booked, Method

if TYPE_CHECKING:
    from contracts.models import Contract


def _plan(contract: Contract) -> Iterator[list[Any]]:
    for claim in plan_of(contract):
        yield [
            claim.title,
            claim.percent,
            claim.amount,
            claim.currency,
            when(claim.event, claim.months, claim.days),
            claim.due,
            str(claim.state.label),
            claim.received,
            claim.open,
            *claim.invoice,
            claim.note,
        ]


def _receipts(contract: Contract) -> Iterator[list[Any]]:
    rows = Payment.objects.filter(milestone__contract=contract).select_related("milestone")
    for row in rows.order_by("received_on", "id"):
        yield [
            row.milestone.title,
            row.received_on,
            row.amount,
            contract.currency,
            str(Method(row.method).label),
            row.note,
            str(Booked(row.status).label),
            row.why_taken_back,
        ]


def _costs(contract: Contract) -> Iterator[list[Any]]:
    for cost in all_costs(contract):
        yield [str(cost.label), cost.spent, cost.bound, cost.currency, str(cost.note)]


SHEETS = {
    "payments": Sheet(
        _("Payment plan"),
        [
            _("Name"), _("Share of the deal %"), _("Amount"), _("Currency"), _("Due after"), _("Due on"),
            _("Status"), _("Received amount"), _("Open amount"), _("Invoice number"), _("Invoiced on"),
            _("Note"),
        ],
        _plan,
        60,
    ),
    "receipts": Sheet(
        _("Receipts"),
        [
            pgettext_lazy("money", "Payment"), _("Received on"), _("Amount"), _("Currency"),
            _("Way of payment"), _("Note"), _("Status"), _("Why taken back"),
        ],
        _receipts,
        61,
    ),
    "costs": Sheet(
        _("Costs and margin"),
        [_("Cost"), _("Spent"), _("Bound by orders"), _("Currency"), _("Note")],
        _costs,
        62,
    ),
}  # fmt: skip
