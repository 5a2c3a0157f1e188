"""Date arithmetic over a working calendar. Pure: no Django, no database.

Time is counted in half working days. A *slot* is one half-day, numbered `date.toordinal() * 2`, plus 1
for the afternoon. A *boundary* is an instant between slots: boundary b lies before slot b, so the end
of slot s is boundary s + 1, and the end of a day is the boundary where the next day begins.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


def slot_of(day: date, *, afternoon: bool = False) -> int:
    """The half-day of a date."""
    return day.toordinal() * 2 + afternoon


def day_of(slot: int) -> date:
    """The date of a half-day; the first or last there is for what lies beyond all dates."""
    try:
        return date.fromordinal(slot // 2)
    except (ValueError, OverflowError):
        return date.min if slot < 2 else date.max


def in_afternoon(slot: int) -> bool:
    return slot % 2 == 1


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Weekly rest days (Monday is 0), dates off although working days, dates on although rest days
    (make-up workdays, 调休), and half-days away (slots: somebody's leave), which beat everything."""

    rest: frozenset[int] = frozenset({5, 6})
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    away: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether any half of the day is worked."""
        return self._works(day) and not {slot_of(day), slot_of(day, afternoon=True)} <= self.away

    def works(self, slot: int) -> bool:
        """Whether this half-day is worked."""
        return slot not in self.away and self._works(day_of(slot))

    def _works(self, day: date) -> bool:
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


class Slots:
    """A calendar laid out from the morning of `first` to the evening of `last`: each question of the
    scheduling engine is one look-up. Working half-days are numbered 0, 1, 2 … from `first` on; what lies
    before or behind the laid out days counts as unbroken work, so no question runs off the end."""

    __slots__ = ("_base", "_before", "_slots")

    def __init__(self, calendar: WorkCalendar, first: date, last: date) -> None:
        self._base = slot_of(first)
        end = slot_of(last) + 2
        self._slots = [slot for slot in range(self._base, end) if calendar.works(slot)]
        self._before = [0]  # [n]: working slots among the first n
        for slot in range(self._base, end):
            here = len(self._before) - 1
            count = self._before[here]
            self._before.append(count + (count < len(self._slots) and self._slots[count] == slot))

    def before(self, boundary: int) -> int:
        """How many working half-days lie before `boundary` (negative: it lies before the first day).
        The working half-day of this number is the first at or behind the boundary."""
        n = boundary - self._base
        if n < 0:
            return n
        beyond = n - len(self._before) + 1
        return self._before[n] if beyond <= 0 else self._before[-1] + beyond

    def at(self, number: int) -> int:
        """The slot of the working half-day `number`."""
        if number < 0:
            return self._base + number
        beyond = number - len(self._slots)
        return self._slots[number] if beyond < 0 else self._base + len(self._before) - 1 + beyond

    def done(self, boundary: int) -> int:
        """How many working half-days must be done until `boundary` is reached: the smallest number n
        for which the n-th ends at or behind it."""
        n = self.before(boundary)
        return n if self.end(n) >= boundary else n + 1

    def end(self, number: int) -> int:
        """The boundary at which `number` working half-days are done."""
        return self.at(number - 1) + 1

    def works(self, slot: int) -> bool:
        place = bisect_left(self._slots, slot)
        if not self._base <= slot < self._base + len(self._before) - 1:
            return True
        return place < len(self._slots) and self._slots[place] == slot


def days(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start += DAY
