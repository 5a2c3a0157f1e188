"""The reminder rules of this site, as stored or as they come."""

from __future__ import annotations

from erp.memory import recall
from erp.workdays import WorkCalendar
from erp.workhours import WorkHours
from notifications.models import Rules


def rules() -> Rules:
    """The one row, or the defaults where nobody has saved any. Read once a request."""
    return recall("notifications.rules", lambda: Rules.objects.order_by("pk").first() or Rules())


def hours(calendar: WorkCalendar) -> WorkHours:
    """`calendar` with the hours of this site."""
    ours = rules()
    return WorkHours(calendar, ours.day_begins, ours.day_ends)
