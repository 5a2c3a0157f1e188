"""Cards and lists at fixed hours: kept by each for themselves, sent when the clock says so."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp import register
from erp.audit import acting_as
from erp.roles import REACH_ALL
from erp.workflow import create, remove
from notifications.models import Dispatch, Message, Report
from notifications.services.inbox import tell
from notifications.services.outbox import queue_for_robot
from notifications.states import Medium
from orgchart.calendars import calendars_for, site_calendar
from orgchart.models import Person

if TYPE_CHECKING:
    from erp.workdays import WorkCalendar
    from orgchart.models import User

log = logging.getLogger(__name__)
CARD = "card"


@transaction.atomic
def add_report(*, actor: User, **fields: Any) -> Report:
    """Have something sent to oneself every day, or the card to a group. Raises PermissionDenied (a group,
    by others than boss and administrator), ValidationError (no such list, a list by anything but e-mail,
    the same twice)."""
    report = Report(user=actor, **fields)
    is_card = report.subject == CARD
    if not is_card and report.subject not in register.entries("notifications.reports"):
        raise ValidationError({"subject": _("There is no such list.")})
    if is_card != (report.form == Report.Form.CARD):
        raise ValidationError({"form": _("The card goes as a card, a list as PDF or Excel.")})
    if not is_card and report.medium != Medium.EMAIL:
        raise ValidationError({"medium": _("Lists go by e-mail.")})
    _check_robot(report, actor)
    report.full_clean()
    return create(report, actor=actor)


def _check_robot(report: Report, actor: User) -> None:
    """A group reads what one person sees, so boss and administrator alone send it there."""
    robot, to_group = report.robot, report.medium == Medium.GROUP
    if to_group and actor.role not in REACH_ALL:
        raise PermissionDenied("only boss and admin show a group what they see")
    if to_group != (robot is not None and robot.is_robot):
        raise ValidationError({"robot": _("Choose a robot for a group, and none for yourself.")})


def remove_report(report: Report, *, actor: User) -> None:
    """Stop it. Raises PermissionDenied (somebody else's)."""
    remove(report, actor=actor)


def send_now(report: Report) -> int:
    """Send a report at once, besides its hour. Returns messages written."""
    now = timezone.now()
    return _send(report, f"report-{report.pk}-now-{now:%Y%m%d%H%M%S%f}")


def send_reports() -> int:
    """Send every report whose hour has come today, once a day. Returns how many were sent."""
    local = timezone.localtime()
    due = list(
        Report.objects.filter(at__lte=local.time(), user__is_active=True).select_related(
            "user__person", "robot"
        )
    )
    calendars = _calendars(due)
    sent = 0
    for report in due:
        if report.working_days_only and not calendars[report.user_id].is_working(local.date()):
            continue
        if _began_later(report, local.date()):
            continue
        try:
            sent += _send(report, f"report-{report.pk}-{local.date()}")
        except Exception:  # one broken list must not keep the others
            log.exception("report %s", report.pk)
    return sent


def _began_later(report: Report, today: date) -> bool:
    """Set up today after its own hour: it begins tomorrow."""
    made = timezone.localtime(report.created)
    return made.date() == today and made.time() > report.at


def _calendars(reports: list[Report]) -> dict[int, WorkCalendar]:
    """The working calendar of each receiver: their own, the site's for accounts of nobody."""
    users = {report.user_id for report in reports if report.working_days_only}
    people = dict(Person.objects.filter(user__in=users).order_by().values_list("user_id", "pk"))
    read, site = calendars_for(people=people.values()), site_calendar()
    return {user: read.person(people[user]) if user in people else site for user in users}


def _send(report: Report, key: str) -> int:
    if Message.objects.filter(key=key).exists() or Dispatch.objects.filter(key=key).exists():
        return 0
    event = "card" if report.subject == CARD else "report"
    params = {"report": report.pk, "subject": report.subject, "form": report.form}
    if report.robot is not None:
        if report.user.role not in REACH_ALL:
            return 0  # was boss or administrator once
        return queue_for_robot(event, report, report.robot, key=key)
    with acting_as(None):
        return tell(event, report, {report.user_id}, key=key, params=params, media=[report.medium])
