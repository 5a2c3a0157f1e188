"""What people wish: by which media they hear of an event, when, and in which language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from erp.workdays import DAY, WorkCalendar
from notifications.events import known
from notifications.models import Preference, Rhythm
from notifications.rules import rules
from orgchart.calendars import calendars_for
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Moment:
    """When somebody may be reached; `bundle` when in the daily digest."""

    at: datetime
    bundle: bool = False


def chosen(users: Iterable[User], event: str) -> dict[int, dict[str, bool]]:
    """Per user id, the media of `event` they switched on or off; what is missing is as by default."""
    found: dict[int, dict[str, bool]] = {}
    rows = Preference.objects.filter(user__in=[user.pk for user in users], event=event)
    for user, medium, wanted in rows.order_by().values_list("user_id", "medium", "wanted"):
        found.setdefault(user, {})[medium] = wanted
    return found


def moments(users: Iterable[User], event: str, now: datetime) -> dict[int, Moment]:
    """Per user id, when a message of `event` that arises `now` may go out; missing: at once."""
    if known(event).urgent:
        return {}
    rows = {row.user_id: row for row in Rhythm.objects.filter(user__in=[user.pk for user in users])}
    calendars = _calendars([pk for pk, row in rows.items() if row.working_days_only])
    local = timezone.localtime(now)
    return {pk: moment(row, local, calendars.get(pk)) for pk, row in rows.items()}


def _calendars(users: list[int]) -> dict[int, WorkCalendar]:
    """The calendars of those accounts that belong to people; the site's for the others."""
    if not users:
        return {}
    people = dict(Person.objects.filter(user__in=users).order_by().values_list("user_id", "pk"))
    read = calendars_for(people=people.values())
    return {user: read.person(people[user]) if user in people else read.site for user in users}


def moment(rhythm: Rhythm, now: datetime, calendar: WorkCalendar | None) -> Moment:
    """When a message that arises `now` (in the site's zone) may reach somebody with this rhythm.
    `calendar` when they want to hear on working days only."""
    if rhythm.digest_at:
        at = _at(now, rhythm.digest_at)
        at = at if at >= now else at + DAY
        return Moment(_on_working_day(at, calendar, rhythm.digest_at), bundle=True)
    at = _on_working_day(_past_quiet(now, rhythm), calendar, rules().day_begins)
    return Moment(_past_quiet(at, rhythm))


def _at(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock, day.tzinfo)


def _on_working_day(at: datetime, calendar: WorkCalendar | None, clock: time) -> datetime:
    """`at`, or at `clock` of the next working day when its own is none."""
    if calendar is None or calendar.is_working(at.date()):
        return at
    return datetime.combine(calendar.next_working(at.date()), clock, at.tzinfo)


def _past_quiet(at: datetime, rhythm: Rhythm) -> datetime:
    """`at`, or the end of the quiet hours it falls into; they may run over midnight."""
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    if begin is None or end is None or begin == end:
        return at
    clock = at.time()
    if begin < end:
        return _at(at, end) if begin <= clock < end else at
    if clock >= begin:
        return _at(at, end) + timedelta(days=1)
    return _at(at, end) if clock < end else at


def language_of(user: User | None) -> str:
    """The language in which `user` is written to; the installation's unless they chose one."""
    row: Rhythm | None = getattr(user, "rhythm", None)
    return (row.language if row else "") or settings.LANGUAGE_CODE
