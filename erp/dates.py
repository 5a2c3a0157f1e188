"""Days and instants as people read them, in the language now active."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_lazy

#: Days that people plan with lie between these.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

WEEKDAYS = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


def long_day(day: date) -> str:
    """`2026年11月22日 周日`, `Sun, 22 November 2026`."""
    text = date_format(day, gettext("j F Y"))
    return gettext("%(weekday)s, %(day)s") % {"day": text, "weekday": WEEKDAYS[day.weekday()]}


def moment(at: datetime) -> str:
    """`2026-11-22 10:24`, `22 Nov 2026 10:24` in the site's zone."""
    local = timezone.localtime(at)
    return f"{short_day(local.date())} {local.hour:02}:{local.minute:02}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_day(day: date | None) -> str:
    """`2026-11-22`, `22 Nov 2026`, or nothing. For rows of lists: the format machinery costs a page
    of fifty rows more than its query."""
    if day is None:
        return ""
    if get_language() == "en":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return day.isoformat()


def tick(day: date) -> str:
    """`11/22`, `22 Nov`: a day on a scale, where the year stands elsewhere."""
    return f"{day.day} {MONTHS[day.month - 1]}" if get_language() == "en" else f"{day.month}/{day.day}"


def month_tick(day: date, *, year: bool = True) -> str:
    """`2026-11`, `Nov 2026`; without the year `11`, `Nov`."""
    if get_language() == "en":
        return f"{MONTHS[day.month - 1]} {day.year}" if year else MONTHS[day.month - 1]
    return f"{day.year}-{day.month:02}" if year else f"{day.month:02}"
