"""What is open and what is overdue, by currency, for the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from contracts.money.ledger import Ageing, LedgerFilter, ageing, claims_of
from contracts.money.states import Due
from erp.money import amount

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Row:
    """One currency, each sum with its list."""

    currency: str
    open: str
    open_url: str
    overdue: str
    overdue_url: str
    percent: int


def receivables_tile(user: User) -> list[Row]:
    """A line for each currency in which something is open."""
    return [_row(row) for row in ageing(claims_of(user))]


def _row(row: Ageing) -> Row:
    url = reverse("contracts:receivables")
    return Row(
        currency=row.currency,
        open=amount(row.whole, row.currency),
        open_url=url + LedgerFilter(currency=row.currency).link(),
        overdue=amount(row.overdue, row.currency) if row.overdue else "",
        overdue_url=url + LedgerFilter(currency=row.currency, state=Due.OVERDUE).link(),
        percent=int(100 * row.overdue / row.whole) if row.whole else 0,
    )
