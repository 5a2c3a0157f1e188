"""Contracts whose delivery is near or past, as reminders, and the contracts of the morning card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contracts.filters import ContractFilter, all_of
from contracts.models import Contract
from contracts.states import RUNNING
from contracts.tables import late_words
from erp import register
from erp.workdays import DAY
from notifications.cards import Figure, Measure, Point
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from orgchart.calendars import site_calendar

if TYPE_CHECKING:
    from orgchart.models import User

#: Calendar days in which so many working days surely lie, holidays and all: see `production.nudging`.
CALENDAR_DAYS = 4
#: The card names so many; the figure counts all.
NAMED = 10
LIST = "/contracts/"


def due_soon(today: date, rules: Rules) -> Iterator[Matter]:
    """Running contracts to be delivered within so many working days."""
    if not rules.soon_days:
        return
    last = today + timedelta(days=7 + CALENDAR_DAYS * rules.soon_days)
    calendar = site_calendar()
    for contract in _running().filter(planned_delivery__range=(today, last)):
        if calendar.between(today + DAY, contract.planned_delivery) <= rules.soon_days:
            yield _matter("contract_due_soon", contract, today)


def overdue(today: date, rules: Rules) -> Iterator[Matter]:
    """Running contracts whose planned delivery has gone by."""
    for contract in _running().filter(planned_delivery__lt=today):
        yield _matter("contract_overdue", contract, today)


def overdue_now(contract: Contract) -> Matter | None:
    today = timezone.localdate()
    row = _running().filter(pk=contract.pk, planned_delivery__lt=today).first()
    return _matter("contract_overdue", row, today) if row else None


def _running() -> Any:
    rows = Contract.objects.filter(stage__in=RUNNING).order_by("pk")
    return rows.select_related("manager__user", "sales_person__user")


def _matter(event: str, contract: Contract, today: date) -> Matter:
    calendar, due = site_calendar(), contract.planned_delivery
    days = max(calendar.between(due + DAY, today), 1)
    params = {
        "contract": contract.number,
        "name": contract.name,
        "due": due.isoformat(),
        "days": str(days),
        "person": contract.manager.name,
    }
    key = f"{event}-{contract.pk}-{due}"
    return Matter(key, contract, [contract.manager, contract.sales_person], calendar, params)


REMINDERS = {
    "contract_due_soon": Reminder("contract_due_soon", due_soon),
    "contract_overdue": Reminder("contract_overdue", overdue, "contract_escalated", overdue_now),
}


def at_risk(user: User) -> Measure:
    """Contracts that are late, each with the one reason why; the list behind it has the same number."""
    chosen = ContractFilter(risk="1")
    rows = chosen.apply(all_of(user), user)
    missed = When(planned_delivery__lt=timezone.localdate(), then="planned_delivery")
    due = Case(missed, default="next_task_end")
    worst = list(rows.order_by(due, "id")[:NAMED])
    why = reasons(user, worst)
    points = [
        Point(
            _("%(about)s: %(text)s") % {"about": contract, "text": why[contract.pk]},
            contract.get_absolute_url(),
        )
        for contract in worst
    ]
    return Measure(rows.count(), LIST + chosen.link(), points)


def reasons(user: User, contracts: list[Contract]) -> dict[int, str]:
    """Why each is at risk, in one sentence: a missed delivery first, then what the apps above know."""
    today = timezone.localdate()
    found: dict[int, str] = {}
    for contract in contracts:
        if contract.planned_delivery < today:
            days = (today - contract.planned_delivery).days
            text = ngettext("delivery is %(n)s day late", "delivery is %(n)s days late", days)
            found[contract.pk] = text % {"n": days}
    others = [contract for contract in contracts if contract.pk not in found]
    for ask in register.entries("contracts.risks").values():
        for pk, text in ask(user, others).items():
            found.setdefault(pk, text)
    return {c.pk: found.get(c.pk) or str(late_words(c.days_late())) for c in contracts}


def today_delivered(user: User) -> Measure:
    """Contracts whose planned delivery is today."""
    chosen = ContractFilter(due=timezone.localdate().isoformat())
    rows = chosen.apply(all_of(user), user)
    named = list(rows.select_related("company").order_by("id")[:NAMED])
    points = [Point(f"{c.number} {c.name} · {c.company}", c.get_absolute_url()) for c in named]
    return Measure(rows.count(), LIST + chosen.link(), points)


FIGURES = {
    "at_risk": Figure(gettext_lazy("Contracts at risk"), 10, at_risk),
    "deliveries": Figure(gettext_lazy("Deliveries planned for today"), 20, today_delivered),
}
