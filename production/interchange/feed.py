"""Tasks in people's own calendars: an address nobody can guess, which its owner may close at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from erp.roles import Role
from erp.workdays import DAY
from erp.workflow import change, create
from production.interchange.models import CalendarFeed
from production.interchange.mspdi import AFTERNOON, EVENING, MORNING, NOON
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User

#: A calendar programme asks again and again: one answer holds at most so many tasks.
MOST_EVENTS = 500
PRODUCT = "-//Industrial Flow ERP//Tasks//ZH"


def _signer() -> Signer:
    return Signer(salt="production.calendar-feed", sep=".")


def token_of(feed: CalendarFeed) -> str:
    """What stands in the address of a feed: its nonce with our signature."""
    return _signer().sign(feed.nonce)


def feed_of(token: str) -> CalendarFeed | None:
    """The open feed behind a token; None for a forged, renewed or revoked one and for people who may no
    longer sign in. One query."""
    try:
        nonce = _signer().unsign(token)
    except BadSignature:
        return None
    rows = CalendarFeed.objects.filter(nonce=nonce, revoked_at=None, user__is_active=True)
    found: CalendarFeed | None = rows.exclude(user__role=Role.CUSTOMER).select_related("user").first()
    return found


@transaction.atomic
def renew_feed(*, actor: User) -> CalendarFeed:
    """Give somebody a feed, or a new address to the one they have; the old address is closed at once."""
    nonce = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.select_for_update().filter(user=actor).first()
    if feed is None:
        return create(CalendarFeed(user=actor, nonce=nonce), actor=actor, verb="renew_feed")
    renewed: CalendarFeed = change(
        feed, actor=actor, verb="renew_feed", right="change", nonce=nonce, revoked_at=None
    )
    return renewed


def revoke_feed(feed: CalendarFeed, *, actor: User) -> CalendarFeed:
    """Close the address of a feed at once. Raises PermissionDenied."""
    return change(feed, actor=actor, verb="revoke_feed", right="change", revoked_at=timezone.now())


# --- the file ---------------------------------------------------------------------------------------


def calendar_of(user: User) -> bytes:
    """RFC 5545: the open tasks of `user` and the milestones of contracts they manage, as far as they may
    see them now. One query; no names of customers, no money."""
    rows = Task.objects.for_user(user).open().select_related("contract")
    mine = rows.filter(Q(assignee__user=user) | Q(milestone=True, contract__manager__user=user))
    calendar = Calendar()
    for name, value in (
        ("prodid", PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", _("My tasks")),
        ("x-wr-timezone", settings.TIME_ZONE),
        ("refresh-interval;value=duration", "PT1H"),
        ("x-published-ttl", "PT1H"),
    ):
        calendar.add(name, value)
    for task in mine.order_by("planned_start", "id")[:MOST_EVENTS]:
        calendar.add_component(_event(task))
    return bytes(calendar.to_ical())


def _event(task: Task) -> Event:
    event = Event()
    mark = "◆ " if task.milestone else ""
    event.add("uid", f"task-{task.pk}-{task.contract.code}@industrial-flow-erp")
    event.add("sequence", task.version)
    event.add("dtstamp", task.changed)
    event.add("last-modified", task.changed)
    event.add("summary", f"{mark}{task.name} · {task.contract.number}")
    event.add("description", f"{task.get_status_display()} · {task.progress}%")
    event.add("url", settings.APP_BASE_URL + task.get_absolute_url())
    event.add("transp", "TRANSPARENT")
    for name, value in _times(task).items():
        event.add(name, value)
    return event


def _times(task: Task) -> dict[str, Any]:
    """Whole days where a task fills them; from the hour on where it begins or ends at noon."""
    if task.milestone or not (task.begins_afternoon or task.ends_noon):
        return {"dtstart": task.planned_start, "dtend": task.planned_end + DAY}
    begin, end = AFTERNOON if task.begins_afternoon else MORNING, NOON if task.ends_noon else EVENING

    def instant(day: Any, hour: time) -> datetime:
        return timezone.make_aware(datetime.combine(day, hour)).astimezone(UTC)

    return {"dtstart": instant(task.planned_start, begin), "dtend": instant(task.planned_end, end)}
