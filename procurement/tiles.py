"""The purchaser's figures on the first page. Each links to the list that has exactly that many rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from erp.dashboard import Kpi
from procurement.filters import ItemFilter
from procurement.late import Ranked, late_items, late_rows
from procurement.models import ProcurementItem
from procurement.queries import due_by_promise, kept_of, worst_first

if TYPE_CHECKING:
    from orgchart.models import User

MONTHS = 6
#: What is needed within so many days should be ordered now.
SOON = timedelta(days=14)


def _list(user: User, **asked: Any) -> Any:
    """The rows that the list shows for such an address."""
    return ItemFilter(**asked).narrow(ProcurementItem.objects.for_user(user))


def todo(user: User) -> Kpi:
    """What is to be ordered; beside it what of that is needed soon."""
    rows = _list(user, status="todo")
    limit = timezone.localdate() + SOON
    soon = rows.with_needed().filter(needed__lte=limit).order_by().count()
    note = _("%(n)s needed within 14 days") % {"n": soon}
    url = reverse("procurement:list") + "?status=todo"
    return Kpi(rows.order_by().count(), url, note=note, unit=pgettext("counted", "purchases"))


def month(user: User) -> Kpi:
    """What something arrived of this month; beside it what is promised for the rest of it."""
    today = timezone.localdate()
    now = f"{today:%Y-%m}"
    came = _list(user, status="all", came=now).order_by().count()
    last = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    coming = _list(user, status="open").filter(promised_on__gte=today, promised_on__lte=last)
    note = _("%(n)s more promised for this month") % {"n": coming.order_by().count()}
    url = f"{reverse('procurement:list')}?status=all&came={now}"
    return Kpi(came, url, note=note, unit=pgettext("counted", "purchases"))


def risk(user: User) -> Kpi:
    """What is late, the worst three by name."""
    keys = worst_first(late_items(user))
    worst = [(row.url, row.name, row.behind) for row in late_rows(Ranked(keys[:3])[:])]
    note = format_html_join(" · ", '<a href="{}">{}</a> {}', worst) if worst else format_html("")
    url = reverse("procurement:late")
    return Kpi(len(keys), url, note=note, tone="risk", unit=pgettext("counted", "purchases"))


@dataclass(frozen=True, slots=True)
class Month:
    """What was due in a month as promised first, and what of it was whole by then."""

    label: str
    due: int
    kept: int

    @property
    def rate(self) -> int | None:
        return round(100 * self.kept / self.due) if self.due else None


def trend(user: User) -> list[Month]:
    """This month and the five before; of this month the days that have gone by."""
    today = timezone.localdate()
    first = _months_back(today, MONTHS - 1)
    rows = due_by_promise(ProcurementItem.objects.for_user(user), today)
    rows = rows.filter(first_promise__gte=first, first_promise__lte=today)
    kept, due = _by_month(kept_of(rows)), _by_month(rows)
    months = [f"{_months_back(today, back):%Y-%m}" for back in range(MONTHS - 1, -1, -1)]
    return [Month(key, due[key], kept[key]) for key in months]


def chart(months: list[Month]) -> dict[str, Any]:
    """The share on time as an ECharts option."""
    return {
        "xAxis": {"type": "category", "data": [month.label for month in months]},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {
                "name": _("Arrived on time"),
                "type": "bar",
                "barMaxWidth": 32,
                "color": "--accepted-line",
                "data": [month.rate for month in months],
            }
        ],
    }


def _by_month(rows: Any) -> Counter[str]:
    """Counted here: SQL Server groups by no day that it had to look up."""
    days = rows.order_by().values_list("first_promise", flat=True)
    return Counter(f"{day.year}-{day.month:02}" for day in days.iterator(5000))


def _months_back(day: date, months: int) -> date:
    """The first day of the month `months` before the one of `day`."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
