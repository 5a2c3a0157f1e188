"""Days and working days of plans. Without a `calendar` they count by the site's
(`orgchart.calendars`); pass a department's or a person's to count by theirs."""

from __future__ import annotations

from datetime import date, timedelta

from erp.workdays import WorkCalendar
from orgchart.calendars import site_calendar


def working_calendar() -> WorkCalendar:
    """The site's calendar; read once per request."""
    return site_calendar()


def duration_of(start: date, end: date, calendar: WorkCalendar | None = None) -> int:
    """Working days from `start` to `end`, both counted; at least 1, for work on a rest day."""
    return max(1, (calendar or working_calendar()).between(start, end))


def end_after(start: date, duration: int, calendar: WorkCalendar | None = None) -> date:
    """The last day of work that takes `duration` working days from `start`."""
    return (calendar or working_calendar()).end_of(start, max(1, duration))


def on_working_day(day: date, *, forward: bool = True, calendar: WorkCalendar | None = None) -> date:
    """`day` itself, or the nearest working day after (or before) it."""
    calendar = calendar or working_calendar()
    if forward:
        return calendar.next_working(day)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day


def dragged(
    was: tuple[date, date], now: tuple[date, date], calendar: WorkCalendar | None = None
) -> tuple[date, date]:
    """Where a bar comes to rest that was drawn from `was` to `now` (first and last days).

    A bar moved as a whole keeps its working days; a drawn end goes to a working day. Rest days are
    left in the direction of the drag, so that one step to the left leaves a Monday as well."""
    calendar = calendar or working_calendar()
    shift, stretch = (after - before for before, after in zip(was, now, strict=True))
    start, end = now
    if shift:
        start = on_working_day(start, forward=shift > timedelta(0), calendar=calendar)
    if shift == stretch:
        return (start, end_after(start, duration_of(*was, calendar), calendar)) if shift else now
    if stretch:
        end = on_working_day(end, forward=stretch > timedelta(0), calendar=calendar)
    return start, max(start, end)
