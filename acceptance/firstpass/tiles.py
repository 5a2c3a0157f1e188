"""Figures of quality people on the first page; each leads to the list with exactly those rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from acceptance.filters import AcceptanceFilter
from acceptance.models import Acceptance
from acceptance.states import Scope
from erp.dashboard import Kpi

if TYPE_CHECKING:
    from orgchart.models import User


def _listed(user: User, state: str) -> tuple[Any, str]:
    """The rows of the list in this state, and its address."""
    wanted = AcceptanceFilter(state=state)
    rows = wanted.narrow(Acceptance.objects.for_user(user), user).order_by()
    return rows, f"{reverse('acceptance:list')}{wanted.link()}"


def waiting(user: User) -> Kpi:
    """What waits for this person's own decision."""
    rows, url = _listed(user, "mine")
    counts = rows.aggregate(all=Count("pk"), tasks=Count("pk", filter=Q(scope=Scope.TASK)))
    words = {"tasks": counts["tasks"], "contracts": counts["all"] - counts["tasks"]}
    note = _("%(tasks)s of tasks · %(contracts)s of contracts") % words
    return Kpi(counts["all"], url, note=note, unit=pgettext("counted", "acceptances"))


def rejected(user: User) -> Kpi:
    """What was sent back and not applied for again, the oldest three by name."""
    rows, url = _listed(user, "rejected")
    oldest = rows.select_related("contract").order_by("changed", "pk")[:3]
    today = timezone.localdate()
    named = [
        (row.get_absolute_url(), row.title, (today - timezone.localdate(row.changed)).days) for row in oldest
    ]
    note = format_html_join(
        " · ", '<a href="{}">{}</a> {}', [(url, title, _days(days)) for url, title, days in named]
    )
    return Kpi(rows.count(), url, note=note, tone="risk", unit=pgettext("counted", "acceptances"))


def _days(days: int) -> str:
    return _("%(n)s d") % {"n": days}
