"""The backward pass, the mirror of the forward one: how late each job may be, and how much it may move.

A link forbids its predecessor to start or end behind a certain boundary. Jobs are visited from the back;
each knows its own numbers by then and says so to what it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass

from erp.workdays import Slots
from production.schedule.earliest import Early
from production.schedule.network import Network
from production.schedule.plan import Job

FAR = 1 << 40


@dataclass(slots=True)
class Late:
    """By place. `last`: working half-days done at the latest end, a pinned job's own. `room`: by how
    many working half-days it may end later than its early end; of a pinned job, if it were let go."""

    last: list[int]
    room: list[int]


def latest(net: Network, early: Early, target: int) -> Late:
    """Everything ends by `target` and by its own `not_after`, and pushes nobody behind his late dates."""
    return _pass(net, early, target, stay=False)


def spare(net: Network, early: Early, end: int) -> list[int]:
    """By how many working half-days each job alone may be later: all others keep their early dates, no
    further pinned job is pushed, and the plan still ends at `end`."""
    rooms = _pass(net, early, end, stay=True).room
    return [0 if job.pinned else max(0, room) for job, room in zip(net.jobs, rooms, strict=True)]


def _pass(net: Network, early: Early, target: int, *, stay: bool) -> Late:
    """With `stay` every job speaks for its early dates, and promises do not count."""
    size = len(net.jobs)
    starts_by, ends_by = [FAR] * size, [target] * size
    last, room = early.last.copy(), [0] * size
    for place in reversed(net.order):
        job, slots = net.jobs[place], net.slots[place]
        limit = ends_by[place]
        if job.not_after is not None and job.not_after < limit and not stay:
            limit = job.not_after
        if job.pinned is not None:
            room[place] = _let_go(job, slots, early.start[place], early.end[place], starts_by[place], limit)
            first = early.first[place]
        else:
            late = _last(job, slots, starts_by[place], limit)
            room[place] = late - last[place]
            if not stay:
                last[place] = late
            first = last[place] - job.duration
        held = job.begun is not None and job.pinned is None
        for other, from_start, to_end, lag, _link in net.waits[place]:
            if to_end:
                boundary = slots.end(last[place] - lag)
            elif held:
                continue
            else:
                boundary = slots.at(first - lag)
            bounds = starts_by if from_start else ends_by
            if boundary < bounds[other]:
                bounds[other] = boundary
    return Late(last, room)


def _last(job: Job, slots: Slots, starts_by: int, ends_by: int) -> int:
    """The greatest number that ends by one boundary and starts by the other."""
    if not job.duration:
        return slots.before(min(starts_by, ends_by))
    last = slots.before(ends_by)
    if starts_by == FAR or job.begun is not None:  # when it began is settled
        return last
    return min(last, slots.before(starts_by + 1) - 1 + job.duration)


def _let_go(job: Job, slots: Slots, start: int, end: int, starts_by: int, ends_by: int) -> int:
    if not job.duration:
        return slots.before(min(starts_by, ends_by)) - slots.before(end)
    room = slots.before(ends_by) - slots.before(end)
    if starts_by == FAR:
        return room
    return min(room, slots.before(starts_by + 1) - 1 - slots.before(start))
