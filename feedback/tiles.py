"""Feedback on the first page: how long what is open has been waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone

from erp.roles import Role
from feedback.filters import AGES, FeedbackFilter, aged
from feedback.models import Feedback
from orgchart.models import sells

if TYPE_CHECKING:
    from orgchart.models import User

#: The status colour of each bar.
COLOURS = {"3": "processing", "7": "unstarted", "30": "issue", "more": "risk"}
LIST = "/feedback/"


def by_age(user: User) -> dict[str, Any]:
    """Open feedback one sees (staff: what they handle or answer for) by the days since it was reported;
    each bar leads to the list with exactly those rows."""
    rows = Feedback.objects.for_user(user).open().order_by()
    mine = "own" if user.role == Role.STAFF and not sells(user) else ""
    if mine:
        rows = rows.answered_by(user)
    counts = {f"age_{age}": Count("pk", filter=aged(age)) for age in AGES}
    late = Count("pk", filter=Q(due_at__lt=timezone.now()))
    found = rows.aggregate(all=Count("pk"), late=late, **counts)
    most = max(1, *(found[name] for name in counts))
    bars = [
        {
            "label": label,
            "colour": COLOURS[age],
            "count": found[f"age_{age}"],
            "percent": 100 * found[f"age_{age}"] // most,
            "url": LIST + FeedbackFilter(status="open", age=age, scope=mine).link(),
        }
        for age, (_first, _until, label) in AGES.items()
    ]
    return {
        "bars": bars,
        "all": found["all"],
        "late": found["late"],
        "late_url": LIST + FeedbackFilter(status="overdue", scope=mine).link(),
        "list_url": LIST + FeedbackFilter(status="open", scope=mine).link(),
    }
