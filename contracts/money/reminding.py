"""Payments that fall due or are overdue, as reminders and on the morning card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from contracts.models import PaymentMilestone
from contracts.money.due import OWED, Claim, claims
from contracts.money.ledger import LedgerFilter, claims_of, named, reads_money
from contracts.money.states import Due
from contracts.tables import late_words
from erp.dates import short_day
from erp.money import amount
from erp.roles import Duty, Function
from erp.workdays import DAY
from notifications.cards import Figure, Measure, Paper, Point, Table
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from orgchart.calendars import site_calendar

if TYPE_CHECKING:
    from orgchart.models import Person, User

#: The card names so many; a list on paper holds so many; the figure counts all.
NAMED, LISTED = 5, 2000


def due_soon(today: date, rules: Rules) -> Iterator[Matter]:
    """Payments that fall due within so many working days."""
    if not rules.soon_days:
        return
    calendar = site_calendar()
    near = [
        claim
        for claim in _owed(today)
        if claim.due and claim.due >= today and calendar.between(today + DAY, claim.due) <= rules.soon_days
    ]
    yield from _matters("payment_due_soon", near)


def overdue(today: date, rules: Rules) -> Iterator[Matter]:
    """Payments whose day has gone by."""
    yield from _matters("payment_overdue", [claim for claim in _owed(today) if claim.days_late])


def overdue_now(milestone: PaymentMilestone) -> Matter | None:
    rows = PaymentMilestone.objects.filter(OWED, pk=milestone.pk)
    late = [claim for claim in claims(rows) if claim.days_late]
    return next(_matters("payment_overdue", late), None)


def leaders(milestone: PaymentMilestone) -> list[Person]:
    """Leaders of sales in the team, else the leader of the sales person's department."""
    contract = milestone.contract
    places = contract.team.filter(department__function=Function.SALES, duty=Duty.LEADER)
    people = [place.person for place in places.select_related("person")]
    if not people and (seller := contract.sales_person):
        people = [seller.department.leader] if seller.department.leader else []
    return people


REMINDERS = {
    "payment_due_soon": Reminder("payment_due_soon", due_soon),
    "payment_overdue": Reminder("payment_overdue", overdue, "payment_escalated", overdue_now, leaders),
}


def _owed(today: date) -> list[Claim]:
    rows = PaymentMilestone.objects.filter(OWED).order_by("pk")
    return [claim for claim in claims(rows, today) if claim.due and claim.open]


def _matters(event: str, found: list[Claim]) -> Iterator[Matter]:
    rows = PaymentMilestone.objects.select_related("contract__manager__user", "contract__sales_person__user")
    milestones, calendar = rows.in_bulk([claim.pk for claim in found]), site_calendar()
    for claim in found:
        milestone = milestones[claim.pk]
        contract = milestone.contract
        people = [contract.manager, contract.sales_person]
        params = {
            "contract": contract.number,
            "payment": milestone.title,
            "amount": f"{claim.currency} {claim.open:,.2f}",
            "due": claim.due.isoformat() if claim.due else "",
            "days": str(claim.days_late),
            "person": str(contract.sales_person or contract.manager),
        }
        yield Matter(f"{event}-{claim.pk}-{claim.due}", milestone, people, calendar, params)


def overdue_payments(user: User) -> Measure:
    """Overdue payments of the contracts whose amounts `user` may read, the oldest by name."""
    chosen = LedgerFilter(state=Due.OVERDUE)
    found = chosen.choose(claims_of(user))
    shown = named(found[:NAMED])
    points = [
        Point(
            _("%(about)s: %(text)s")
            % {"about": f"{shown[claim.contract].number} {claim.title}", "text": late_words(claim.days_late)},
            reverse("contracts:money", args=[claim.contract]),
        )
        for claim in found[:NAMED]
    ]
    return Measure(len(found), reverse("contracts:receivables") + chosen.link(), points)


FIGURES = {"overdue_payments": Figure(gettext_lazy("Overdue payments"), 40, overdue_payments, reads_money)}


def receivables_paper(user: User) -> Table:
    """What is owed to us, for those who may read it."""
    heads = [
        _("Contract"), _("Customer company"), pgettext("money", "Payment"), _("Due on"),
        pgettext("payment", "Overdue"), _("Open amount"),
    ]  # fmt: skip
    found = LedgerFilter().choose(claims_of(user))[:LISTED]
    contracts = named(found)
    rows = [
        (
            f"{contracts[claim.contract].number} {contracts[claim.contract].name}",
            str(contracts[claim.contract].company),
            claim.title,
            short_day(claim.due),
            late_words(claim.days_late),
            amount(claim.open, claim.currency),
        )
        for claim in found
    ]
    return Table(_("Receivables"), heads, rows, widths=(4, 3, 3, 2, 2, 3))


PAPERS = {"receivables": Paper(gettext_lazy("Receivables"), receivables_paper)}
