"""What the morning card and the scheduled lists say of feedback, to each what they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.dates import moment
from feedback.models import Feedback
from feedback.states import SEVERITY_WORDS
from feedback.tables import JOINED, late_label
from notifications.cards import Figure, Measure, Paper, Point, Table

if TYPE_CHECKING:
    from orgchart.models import User

#: The card names so many entries, a list on paper holds so many; the figure counts all.
NAMED, LISTED = 5, 2000


def overdue(user: User) -> Measure:
    """Overdue feedback one sees, what is due longest by name."""
    rows, now = Feedback.objects.for_user(user).overdue(), timezone.now()
    worst = rows.select_related(*JOINED).order_by("due_at", "id")[:NAMED]
    points = [
        Point(
            _("%(about)s: %(text)s") % {"about": _named(row), "text": late_label(row, now)},
            row.get_absolute_url(),
        )
        for row in worst
    ]
    return Measure(rows.order_by().count(), "/feedback/?status=overdue", points)


def _named(row: Feedback) -> str:
    who = row.handler.name if row.handler else _("Nobody yet")
    return f"{row.contract.number} {row.title} · {who}"


FIGURES = {"overdue_feedback": Figure(gettext_lazy("Overdue feedback"), 50, overdue)}


def open_feedback(user: User) -> Table:
    """The open feedback one sees, by what is due first."""
    heads = [
        _("Contract"), _("Feedback"), _("Kind"), _("Severity"), _("Handler"), _("Due"), _("State"),
        _("Overdue"),
    ]  # fmt: skip
    now = timezone.now()
    rows = Feedback.objects.for_user(user).open().select_related(*JOINED).order_by("due_at", "id")[:LISTED]
    lines = [
        (
            f"{row.contract.number} {row.contract.name}",
            row.title,
            str(row.get_kind_display()),
            str(SEVERITY_WORDS[row.severity]),
            row.handler.name if row.handler else "",
            moment(row.due_at),
            str(row.get_status_display()),
            late_label(row, now),
        )
        for row in rows
    ]
    return Table(_("Open feedback"), heads, lines, widths=(4, 5, 1, 1, 2, 2, 2, 2))


PAPERS = {"feedback": Paper(gettext_lazy("Open feedback"), open_feedback)}
