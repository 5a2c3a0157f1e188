"""Rows of the receivables, ready to print, and the same as lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contracts.money.due import Claim
from contracts.money.ledger import AGES, Ageing, LedgerFilter, named
from contracts.money.plan import LOOKS, when
from contracts.money.states import Due
from contracts.tables import late_words
from erp.dates import short_day
from erp.money import amount

AGE_HEADS = {"30": "1–30", "60": "31–60", "90": "61–90", "more": "90+"}


@dataclass(frozen=True, slots=True)
class Row:
    """One payment that is owed, ready to print."""

    url: str
    contract: str
    number: str
    company: str
    sales: str
    title: str
    when: str
    due: str
    late: str
    state: str
    look: str
    amount: str
    received: str
    open: str
    row_class: str


def rows(found: list[Claim]) -> list[Row]:
    """The claims of one page, with their contracts read at once."""
    contracts = named(found)
    return [_row(claim, contracts[claim.contract]) for claim in found]


def _row(claim: Claim, contract: Any) -> Row:
    due = short_day(claim.due)
    if not due and claim.expected:
        due = _("about %(day)s") % {"day": short_day(claim.expected)}
    return Row(
        url=f"/contracts/{contract.pk}/money/",
        contract=contract.name,
        number=contract.number,
        company=str(contract.company),
        sales=contract.sales_person.name if contract.sales_person else "",
        title=claim.title,
        when=when(claim.event, claim.months, claim.days),
        due=due or "—",
        late=late_words(claim.days_late),
        state=str(claim.state.label),
        look=LOOKS[claim.state],
        amount=amount(claim.amount, claim.currency) or "—",
        received=amount(claim.received, claim.currency) if claim.received else "",
        open=amount(claim.open, claim.currency) if claim.amount is not None else "—",
        row_class="late" if claim.days_late else "",
    )


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One currency of the ageing: each sum leads to the list of exactly those payments."""

    currency: str
    later: str
    cells: list[Cell]
    overdue: Cell
    whole: Cell


def age_rows(table: list[Ageing], query: LedgerFilter) -> list[AgeRow]:
    base = LedgerFilter(q=query.q)
    found = []
    for row in table:
        money, here = row.currency, base.link(currency=row.currency)
        cells = [
            Cell(
                amount(row.sums[key], money) if row.sums[key] else "—",
                base.link(currency=money, age=key),
                AGE_HEADS[key],
            )
            for key, _last in AGES
        ]
        found.append(
            AgeRow(
                currency=money,
                later=amount(row.sums[""], money),
                cells=cells,
                overdue=Cell(
                    amount(row.overdue, money) if row.overdue else "—",
                    base.link(currency=money, state=Due.OVERDUE),
                ),
                whole=Cell(amount(row.whole, money), here),
            )
        )
    return found


def headings(query: LedgerFilter) -> list[dict[str, str]]:
    """Heads of the columns; the sortable ones lead to the list sorted by them."""
    words = (
        ("contract", _("Contract")),
        ("", _("Customer company")),
        ("", pgettext("money", "Payment")),
        ("due", _("Due on")),
        ("", _("Status")),
        ("", _("Amount")),
        ("", _("Received amount")),
        ("amount", _("Open amount")),
    )
    return [_head(query, name, label) for name, label in words]


def _head(query: LedgerFilter, name: str, label: str) -> dict[str, str]:
    if not name:
        return {"label": label, "url": "", "sorted": ""}
    now = query.sort or "due"
    down = now == name
    arrow = {name: "ascending", f"-{name}": "descending"}.get(now, "")
    return {"label": label, "url": query.link(sort=f"-{name}" if down else name), "sorted": arrow}


def lines(found: list[Claim]) -> tuple[list[str], Iterator[list[Any]]]:
    """Heads and lines of the exported list; amounts are numbers."""
    heads = [
        _("Contract number"), _("Contract"), _("Customer company"), _("Sales person"),
        pgettext("money", "Payment"), _("Due after"), _("Due on"), _("Days overdue"),
        _("Status"), _("Currency"), _("Amount"),
        _("Received amount"), _("Open amount"),
    ]  # fmt: skip
    return heads, _lines(found)


def _lines(found: Iterable[Claim]) -> Iterator[list[Any]]:
    claims = list(found)
    contracts: dict[int, Any] = {}
    for start in range(0, len(claims), 500):
        contracts |= named(claims[start : start + 500])
    for claim in claims:
        contract = contracts[claim.contract]
        yield [
            contract.number,
            contract.name,
            str(contract.company),
            contract.sales_person.name if contract.sales_person else "",
            claim.title,
            when(claim.event, claim.months, claim.days),
            claim.due,
            claim.days_late or None,
            str(claim.state.label),
            claim.currency,
            claim.amount,
            claim.received,
            claim.open if claim.amount is not None else None,
        ]
