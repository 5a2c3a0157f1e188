"""The working calendar of the installation: Chinese statutory holidays and make-up workdays (调休)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays
from django.utils import timezone

from erp.workdays import WorkCalendar

#: Holidays of years nobody has announced yet are only guessed; how far the guess may reach.
YEARS_BACK, YEARS_AHEAD = 5, 5


def working_calendar() -> WorkCalendar:
    return _calendar(timezone.localdate().year)


@lru_cache(maxsize=2)
def _calendar(year: int) -> WorkCalendar:
    china = holidays.country_holidays("CN", years=range(year - YEARS_BACK, year + YEARS_AHEAD + 1))
    on = frozenset(china.weekend_workdays)
    return WorkCalendar(off=frozenset(china.keys()) - on, on=on)


def duration_of(start: date, end: date) -> int:
    """Working days from `start` to `end`, both counted; at least 1, for work on a rest day."""
    return max(1, working_calendar().between(start, end))


def end_after(start: date, duration: int) -> date:
    """The last day of work that takes `duration` working days from `start`."""
    return working_calendar().end_of(start, max(1, duration))
