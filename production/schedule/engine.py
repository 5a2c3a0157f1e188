"""The dates of a plan: earliest and latest, float, what is critical, what decided, what cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from production.schedule.earliest import NO_LINK, Bound, Early, earliest
from production.schedule.latest import Late, latest, spare
from production.schedule.network import Network
from production.schedule.plan import Link, Plan

__all__ = ["Backward", "Bound", "Conflict", "Dates", "Schedule", "plan_backward", "schedule"]


@dataclass(frozen=True, slots=True)
class Dates:
    """When a job happens. Starts are slots, ends boundaries; of a milestone both are its boundary. Of
    begun work only the end can move, a pinned job's late dates are its own.

    `total_float`: working half-days of its own calendar until the target, or a promise or pinned job
    behind it, is in danger; `free_float`: until any other job moves (at most to the end of the plan).
    `critical`: it cannot be a half-day later without moving the end of the plan or breaking such a
    promise or pinned date, whatever the target is.
    `driver`: what decided the early start (of begun work the end); `link` if that is a link; `boundary`:
    the instant from which it counts. The rest is rest: see `explain`."""

    early_start: int
    early_end: int
    late_start: int
    late_end: int
    total_float: int
    free_float: int
    critical: bool
    driver: Bound
    link: Link | None
    boundary: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """`key` ends `by` half-days behind its promise or, with `link`, is pinned so many half-days before
    the link allows. Counted in working half-days of its calendar."""

    key: int
    by: int
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Dates by key in the order of the plan; `end`: the boundary at which the last job ends."""

    dates: Mapping[int, Dates]
    end: int
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Backward:
    """A plan made from its end: (start, end) by key. `late_by`: so many working half-days before the
    start of the plan it would have to start, 0 when it fits. `too_early`: jobs that cannot be that
    early, for this reason or because of what they wait for, their "not before" or today."""

    dates: Mapping[int, tuple[int, int]]
    late_by: int
    too_early: tuple[int, ...]


def schedule(plan: Plan, target: int | None = None) -> Schedule:
    """Dates of every job; float is counted against `target`, a boundary, or the plan's own early end.
    Raises Circle when jobs wait for each other, ValueError when the plan names what it does not have."""
    net = Network.of(plan)
    early = earliest(plan, net)
    end = max(early.end, default=plan.start)
    own = latest(net, early, end)
    late = own if target is None or target == end else latest(net, early, target)
    dates = _dates(plan, net, early, late, own, spare(net, early, end))
    return Schedule(dates, end, tuple(_conflicts(plan, net, early)))


def plan_backward(plan: Plan, target: int) -> Backward:
    """Every job that is free as late as possible, so that everything ends by the boundary `target`.
    Raises as `schedule` does."""
    found = schedule(plan, target).dates
    late_by = 0
    for job in plan.jobs:
        if job.pinned is None and (job.begun is None or not job.duration):
            slots, dates = plan.calendars[job.calendar], found[job.key]
            if job.duration:
                short = slots.before(plan.start) - slots.before(dates.late_start)
            else:
                short = slots.done(plan.start) - slots.before(dates.late_end)
            late_by = max(late_by, short)
    return Backward(
        {key: (dates.late_start, dates.late_end) for key, dates in found.items()},
        late_by,
        tuple(key for key, dates in found.items() if dates.total_float < 0),
    )


def _dates(
    plan: Plan, net: Network, early: Early, late: Late, own: Late, free: list[int]
) -> dict[int, Dates]:
    links = plan.links
    dates: dict[int, Dates] = {}
    for place, job in enumerate(net.jobs):
        slots, last = net.slots[place], late.last[place]
        start, end = early.start[place], early.end[place]
        late_start, late_end = start, end
        if job.pinned is None:
            late_end = slots.end(last)
            if not job.duration:
                late_start = late_end
            elif job.begun is None:
                late_start = slots.at(last - job.duration)
        driver, link, boundary = early.driver[place]
        dates[job.key] = Dates(
            start,
            end,
            late_start,
            late_end,
            last - early.last[place],
            free[place],
            own.room[place] <= 0,
            driver,
            None if link == NO_LINK else links[link],
            boundary,
        )
    return dates


def _conflicts(plan: Plan, net: Network, early: Early) -> Iterator[Conflict]:
    for place, job in enumerate(net.jobs):
        slots = net.slots[place]
        if job.not_after is not None and early.end[place] > job.not_after:
            yield Conflict(job.key, slots.done(early.end[place]) - slots.before(job.not_after))
        if job.pinned is None:
            continue
        for other, from_start, to_end, lag, link in net.waits[place]:
            boundary = early.start[other] if from_start else early.end[other]
            if to_end:
                by = slots.done(boundary) + lag - early.last[place]
            else:
                by = slots.before(boundary) + lag - early.first[place]
            if by > 0:
                yield Conflict(job.key, by, plan.links[link])
