"""The figures of the dashboard. Each links to the list that has exactly that many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, When
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contracts.filters import ContractFilter, all_of
from contracts.states import Status
from contracts.tables import late_words
from erp.dashboard import Kpi, Part

if TYPE_CHECKING:
    from orgchart.models import User

#: Everything of a month counts but what was cancelled.
KEPT = "kept"


def address(**values: str) -> str:
    return reverse("contracts:list") + ContractFilter(**values).link()  # type: ignore[arg-type]


def matching(user: User, **values: str) -> Any:
    """The rows that the list shows at `address(**values)`."""
    return ContractFilter(**values).apply(all_of(user), user)  # type: ignore[arg-type]


def active(user: User) -> Kpi:
    """Contracts not archived or cancelled, split into the six colours."""
    rows = matching(user)
    late = Count("pk", filter=rows.is_late())
    found = {
        key: (n, bad)
        for key, n, bad in rows.order_by().values_list("status").annotate(n=Count("pk"), late=late)
    }
    parts = [
        Part(key, label, found[key][0] - found[key][1] if key in found else 0, address(status=key, risk="0"))
        for key, label in Status.choices
    ]
    parts.append(Part("risk", _("Overdue"), sum(bad for _n, bad in found.values()), address(risk="1")))
    whole = sum(n for n, _bad in found.values())
    return Kpi(whole, address(), parts=parts, unit=pgettext("counted", "contracts"))


def month(user: User) -> Kpi:
    """Contracts delivered this month; beside them those planned for it."""
    now = f"{timezone.localdate():%Y-%m}"
    done = matching(user, delivered=now, archived=KEPT).count()
    planned = matching(user, due=now, archived=KEPT).count()
    words = _("%(n)s planned for this month") % {"n": planned}
    note = format_html('<a href="{}">{}</a>', address(due=now, archived=KEPT), words)
    return Kpi(done, address(delivered=now, archived=KEPT), note=note, unit=pgettext("counted", "contracts"))


def risk(user: User) -> Kpi:
    """Overdue contracts, the worst three by name."""
    rows = matching(user, risk="1")
    missed = When(planned_delivery__lt=timezone.localdate(), then="planned_delivery")
    due = Case(missed, default="next_task_end")
    worst = [
        (c.get_absolute_url(), c.number, late_words(c.days_late()))
        for c in rows.only("number", "stage", "planned_delivery", "next_task_end").order_by(due, "id")[:3]
    ]
    note = format_html_join(" · ", '<a class="number" href="{}">{}</a> {}', worst)
    return Kpi(rows.count(), address(risk="1"), note=note, tone="risk", unit=pgettext("counted", "contracts"))


def pipeline(user: User) -> list[dict[str, Any]]:
    """One bar per status, and one for what is overdue (which is counted in its status too)."""
    counts = _by_status(matching(user))
    late = matching(user, risk="1").count()
    most = max([*counts.values(), late, 1])
    found: list[tuple[str, Any, int, str]] = [
        (key, label, counts.get(key, 0), address(status=key)) for key, label in Status.choices
    ]
    found.append(("risk", _("Overdue"), late, address(risk="1")))
    return [
        {"status": key, "label": label, "count": n, "url": url, "percent": round(100 * n / most)}
        for key, label, n, url in found
    ]


@dataclass(frozen=True, slots=True)
class Month:
    """Planned and done deliveries of a month, each with its list."""

    label: str
    planned: int
    delivered: int
    planned_url: str
    delivered_url: str


def trend(user: User) -> list[Month]:
    """This month and the five before."""
    first = _months_back(timezone.localdate(), 5)
    rows = matching(user, archived=KEPT)
    planned, delivered = _by_month(rows, "planned_delivery", first), _by_month(rows, "delivered_on", first)
    found = []
    for back in range(5, -1, -1):
        key = f"{_months_back(timezone.localdate(), back):%Y-%m}"
        found.append(
            Month(
                key,
                planned.get(key, 0),
                delivered.get(key, 0),
                address(due=key, archived=KEPT),
                address(delivered=key, archived=KEPT),
            )
        )
    return found


def chart(months: list[Month]) -> dict[str, Any]:
    """The trend as an ECharts option."""
    return {
        "xAxis": {"type": "category", "data": [m.label for m in months]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": _("Planned"),
                "type": "bar",
                "color": "--unstarted-line",
                "data": [m.planned for m in months],
            },
            {
                "name": _("Delivered"),
                "type": "bar",
                "color": "--accepted-line",
                "data": [m.delivered for m in months],
            },
        ],
    }


def _by_status(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("status").annotate(n=Count("pk")))


def _by_month(rows: Any, field: str, first: date) -> dict[str, int]:
    since = rows.order_by().filter(**{f"{field}__gte": first}).annotate(month=TruncMonth(field))
    return {f"{day:%Y-%m}": n for day, n in since.values_list("month").annotate(n=Count("pk"))}


def _months_back(day: date, months: int) -> date:
    """The first day of the month `months` before the one of `day`."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
