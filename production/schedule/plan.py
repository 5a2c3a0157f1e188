"""What is scheduled: jobs, what they wait for, and the calendars they are worked in.

All times are slots and boundaries of `erp.workdays`; all durations and lags are half working days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from erp.workdays import Slots


class Kind(StrEnum):
    """How a successor waits."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


@dataclass(frozen=True, slots=True)
class Job:
    """One task. A milestone has duration 0 and happens at the end of a working half-day.

    `not_before`: the earliest boundary at which it may start; `not_after`: the latest at which it
    should end (a promise: it makes float negative, it does not move the job); `pinned`: (start slot,
    end boundary) it keeps whatever others do: scheduled by hand, fixed, or done already; a milestone's
    start is its end. `begun`: the slot at which it really started: the end still follows from duration.
    `beside`: work of another plan: it takes people and time, but when this plan ends is not its matter."""

    key: int
    duration: int
    calendar: int = 0
    not_before: int | None = None
    not_after: int | None = None
    pinned: tuple[int, int] | None = None
    begun: int | None = None
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """`after` waits for `before`; `lag` (or, negative, lead) in the calendar of `after`."""

    before: int
    after: int
    kind: Kind = Kind.FS
    lag: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Jobs in the order in which ties are settled. `start`: the boundary before which nothing starts;
    `now`: with it, nothing that has not begun starts before, and nothing that has begun ends before."""

    jobs: Sequence[Job]
    links: Sequence[Link]
    calendars: Mapping[int, Slots]
    start: int
    now: int | None = None


class Circle(ValueError):
    """Jobs that wait for each other in a circle; `keys` in order, the first waits for the last."""

    def __init__(self, keys: Sequence[int]) -> None:
        super().__init__(" → ".join(map(str, keys)))
        self.keys = tuple(keys)
