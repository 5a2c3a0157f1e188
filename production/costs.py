"""What the hours of a contract cost: reported on its tasks, at the rate of their department."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.joints import Cost
from erp.money import amount

if TYPE_CHECKING:
    from contracts.models import Contract

#: Hours are paid at home.
CURRENCY = "CNY"


def hours_of(contract: Contract) -> list[Cost]:
    """A line for each department that reported hours, cancelled tasks too: they were spent."""
    rows = contract.tasks.filter(hours_spent__gt=0).order_by()
    sums = rows.values("department__name", "department__hourly_rate").annotate(hours=Sum("hours_spent"))
    url = reverse("production:tasks", args=[contract.pk])
    return [
        _cost(row["department__name"], row["hours"], row["department__hourly_rate"], url)
        for row in sums.order_by("department__position", "department__name")
    ]


def _cost(department: str, hours: Decimal, rate: Decimal | None, url: str) -> Cost:
    words = {"department": department, "hours": f"{hours.normalize():f}"}
    label = _("Hours: %(department)s") % words
    if rate is None:
        note = _("%(hours)s hours; the department has no hourly rate yet") % words
        return Cost(label, Decimal(0), url=url, note=note, verb="view_finance", page="view")
    note = _("%(hours)s hours × %(rate)s") % {**words, "rate": amount(rate, CURRENCY)}
    spent = (hours * rate).quantize(Decimal("0.01"))
    return Cost(label, spent, currency=CURRENCY, url=url, note=note, verb="view_finance", page="view")
