"""Rows of the list of change orders, ready to print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from contracts.models import ChangeOrder
from contracts.states import ChangeState
from erp.dates import moment, short_day
from erp.money import amount

#: Tone of a change order's state.
TONES = {
    ChangeState.SENT: "info",
    ChangeState.ACCEPTED: "ok",
    ChangeState.APPLIED: "ok",
    ChangeState.REJECTED: "bad",
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change order in a list; `price` is empty for whoever may not read it."""

    url: str
    code: str
    title: str
    state: str
    tone: str
    price: str
    due: str
    at: str


def change_lines(rows: Iterable[ChangeOrder], *, money: bool, portal: bool = False) -> list[ChangeLine]:
    return [
        ChangeLine(
            url=reverse("contracts:portal_change", args=[row.pk]) if portal else row.get_absolute_url(),
            code=row.code,
            title=row.title,
            state=row.get_state_display(),
            tone=TONES.get(ChangeState(row.state), ""),
            price=signed(row.price_change, row.currency) if money else "",
            due=short_day(row.new_delivery),
            at=moment(row.decided_at or row.sent_at or row.created),
        )
        for row in rows
    ]


def signed(value: Decimal | None, currency: str) -> str:
    """`+¥12,000.00`, `−¥500.00`, or a dash for none."""
    if not value:
        return "—"
    return f"{'+' if value > 0 else '−'}{amount(abs(value), currency)}"
