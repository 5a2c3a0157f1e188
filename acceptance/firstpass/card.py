"""First-pass yield on the morning card and as a list one may have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acceptance.firstpass.queries import Period, Yield, by_department, total
from notifications.cards import Figure, Measure, Paper, Point, Table

if TYPE_CHECKING:
    from orgchart.models import User


def failed_this_month(user: User) -> Measure:
    """First rounds rejected since the first of the month; the departments they fall to by name."""
    period = Period.this_month()
    lines = by_department(user, period)
    points = [
        Point(_("%(about)s: %(text)s") % {"about": line.name, "text": _of(line)})
        for line in sorted(lines, key=lambda line: -line.failed)
        if line.failed
    ]
    return Measure(total(lines).failed, reverse("acceptance:yield") + period.link(), points[:5])


def _of(line: Yield) -> str:
    words = {"passed": line.passed, "decided": line.decided, "rate": line.rate}
    return _("%(passed)s of %(decided)s passed at first try (%(rate)s)") % words


FIGURES = {"first_pass": Figure(gettext_lazy("Rejected at first try this month"), 45, failed_this_month)}


def yields(user: User) -> Table:
    """Half a year by department."""
    heads = [_("Department"), _("First rounds decided"), _("Passed at first try"), _("First-pass yield")]
    lines = by_department(user, Period.usual())
    if lines:
        lines.append(total(lines))
    rows = [(line.name, str(line.decided), str(line.passed), line.rate) for line in lines]
    return Table(_("First-pass yield, six months"), heads, rows, widths=(3, 2, 2, 2))


PAPERS = {"first_pass": Paper(gettext_lazy("First-pass yield, six months"), yields)}
