"""Date arithmetic over a working calendar. Pure: no Django, no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Weekly rest days (Monday is 0), dates off although working days, dates on although rest days
    (make-up workdays, 调休)."""

    rest: frozenset[int] = frozenset({5, 6})
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day in self.on or (day.weekday() not in self.rest and day not in self.off)

    def next_working(self, day: date) -> date:
        """`day` itself, or the first working day after it."""
        while not self.is_working(day):
            day += DAY
        return day

    def between(self, start: date, end: date) -> int:
        """Working days from `start` to `end`, both counted; 0 when end is before start."""
        return sum(1 for day in days(start, end) if self.is_working(day))

    def end_of(self, start: date, duration: int) -> date:
        """The last day of `duration` ≥ 1 working days beginning at or after `start`."""
        day = self.next_working(start)
        for _ in range(duration - 1):
            day = self.next_working(day + DAY)
        return day

    def rest_days(self, start: date, end: date) -> list[date]:
        return [day for day in days(start, end) if not self.is_working(day)]


def days(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start += DAY
