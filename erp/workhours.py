"""Hours of work: the instants at which so many hours of work have passed. Pure, beside `erp.workdays`.

A working day runs from `begins` to `ends`; its halves meet in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from erp.workdays import DAY, WorkCalendar, slot_of

#: Nobody waits longer for work to go on: beyond, the calendar is taken as without work.
LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class WorkHours:
    """A calendar with the hours of its days."""

    calendar: WorkCalendar
    begins: time
    ends: time

    def after(self, start: datetime, hours: float) -> datetime:
        """The instant when `hours` of work have passed since `start` (both in the site's zone). Work that
        is done at the end of a day is done then, not on the next morning."""
        left = timedelta(hours=hours)
        for begin, end in self._spans(start):
            if end <= start:
                continue
            begin = max(begin, start)
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start + LONGEST

    def next_open(self, start: datetime) -> datetime:
        """`start` when it lies in working time, else when work next begins."""
        for begin, end in self._spans(start):
            if start < end:
                return max(begin, start)
        return start + LONGEST

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work from the day of `start` on."""
        day, last = start.date(), start.date() + LONGEST
        while day <= last:
            begin, noon, end = self._marks(day, start)
            if self.calendar.works(slot_of(day)):
                yield begin, noon
            if self.calendar.works(slot_of(day, afternoon=True)):
                yield noon, end
            day += DAY

    def _marks(self, day: date, like: datetime) -> tuple[datetime, datetime, datetime]:
        begin = datetime.combine(day, self.begins, like.tzinfo)
        end = datetime.combine(day, self.ends, like.tzinfo)
        return begin, begin + (end - begin) / 2, end
