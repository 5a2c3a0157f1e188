"""The working calendar of the installation: Chinese statutory holidays and make-up workdays (调休)."""

from __future__ import annotations

from datetime import date, timedelta
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


def on_working_day(day: date, *, forward: bool = True) -> date:
    """`day` itself, or the nearest working day after (or before) it."""
    calendar = working_calendar()
    if forward:
        return calendar.next_working(day)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day


def dragged(was: tuple[date, date], now: tuple[date, date]) -> tuple[date, date]:
    """Where a bar comes to rest that was drawn from `was` to `now` (first and last days).

    A bar moved as a whole keeps its working days; a drawn end goes to a working day. Rest days are
    left in the direction of the drag, so that one step to the left leaves a Monday as well."""
    shift, stretch = (after - before for before, after in zip(was, now, strict=True))
    start, end = now
    if shift:
        start = on_working_day(start, forward=shift > timedelta(0))
    if shift == stretch:
        return (start, end_after(start, duration_of(*was))) if shift else now
    if stretch:
        end = on_working_day(end, forward=stretch > timedelta(0))
    return start, max(start, end)
