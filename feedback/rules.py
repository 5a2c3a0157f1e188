"""When a feedback is due, and whether the warranty covers it: by the rules of this site."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from erp.memory import recall
from feedback.models import FeedbackRules
from feedback.states import Coverage
from notifications.rules import hours
from orgchart.calendars import calendar_of_department

if TYPE_CHECKING:
    from contracts.models import Contract


def rules() -> FeedbackRules:
    """The one row, or the defaults where nobody has saved any. Read once a request."""
    return recall("feedback.rules", lambda: FeedbackRules.objects.order_by("pk").first() or FeedbackRules())


def clock_start(reported_on: date) -> datetime:
    """Time runs from now, for a call of an earlier day from when work began on it."""
    now = timezone.localtime()
    if reported_on >= now.date():
        return now
    begins = hours(calendar_of_department(None)).begins
    return timezone.make_aware(datetime.combine(reported_on, begins))


def due_after(start: datetime, severity: str, department: int | None) -> datetime:
    """When so many hours of work have passed since `start`, in the calendar of the department."""
    work = hours(calendar_of_department(department))
    return work.after(timezone.localtime(start), rules().hours(severity))


def proposed_coverage(contract: Contract, day: date) -> Coverage:
    """Before the delivery, and for the months of warranty after it, nothing is to be paid."""
    if contract.delivered_on is None or day <= warranty_ends(contract.delivered_on):
        return Coverage.WARRANTY
    return Coverage.PAID


def warranty_ends(delivered_on: date) -> date:
    """The last day of the usual warranty: the same day so many months later, or the month's last."""
    months = delivered_on.year * 12 + delivered_on.month - 1 + rules().warranty_months
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(delivered_on.day, calendar.monthrange(year, month)[1]))
