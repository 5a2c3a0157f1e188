"""The forward pass: every job as early as its bounds allow, and which bound that was.

Inside, a job is two numbers of its own calendar: `first`, the working half-day it starts with, and
`last`, how many are done when it ends. Then all four kinds of link are one comparison of integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from erp.workdays import Slots
from production.schedule.network import Network, Wait
from production.schedule.plan import Job, Plan

NO_LINK = -1
LEAST = -(1 << 40)


class Bound(StrEnum):
    """What decides an early date."""

    START = "start"
    NOW = "now"
    NOT_BEFORE = "not_before"
    BEGUN = "begun"
    PINNED = "pinned"
    LINK = "link"


#: What decided, the place of the link or NO_LINK, and the boundary from which it counts.
Driver = tuple[Bound, int, int]
START, NOW, NOT_BEFORE, BEGUN, PINNED, LINK = Bound


@dataclass(slots=True)
class Early:
    """By place. `first` and `last` count in the job's calendar, `start` and `end` are boundaries. Of a
    pinned job they are the next working ones: it may keep dates on which nobody works."""

    first: list[int]
    last: list[int]
    start: list[int]
    end: list[int]
    driver: list[Driver]


def earliest(plan: Plan, net: Network) -> Early:
    """Early dates of all jobs."""
    size = len(net.jobs)
    first, last, start, end = ([0] * size for _ in range(4))
    early = Early(first, last, start, end, [(START, NO_LINK, plan.start)] * size)
    for place in net.order:
        put(plan, net, early, place)
    return early


def put(plan: Plan, net: Network, early: Early, place: int) -> None:
    """The early dates of one job into `early`, where those of what it waits for are already."""
    job, slots, driver = net.jobs[place], net.slots[place], early.driver
    first, last, start, end = early.first, early.last, early.start, early.end
    if job.pinned is not None:
        start[place], end[place] = job.pinned if job.duration else (job.pinned[1], job.pinned[1])
        first[place], last[place] = slots.before(start[place]), slots.done(end[place])
        driver[place] = PINNED, NO_LINK, start[place]
        return
    linked = _linked(job, slots, net.waits[place], start, end)
    if job.begun is not None and job.duration:
        first[place] = slots.before(job.begun)
        number, driver[place] = _begun(job, job.begun, slots, linked, plan.now)
        start[place] = job.begun
    else:
        number, driver[place] = _free(job, slots, linked, plan)
        first[place] = number
        start[place] = slots.at(number) if job.duration else slots.end(number)
    last[place] = number + job.duration
    end[place] = slots.end(last[place])


def _linked(
    job: Job, slots: Slots, waits: list[Wait], start: list[int], end: list[int]
) -> tuple[int, int, int]:
    """The first of the links that ask most: the number it may start with, link and boundary."""
    most, by, since = LEAST, NO_LINK, 0
    held = job.begun is not None  # its start is a fact, its end still waits
    for other, from_start, to_end, lag, link in waits:
        boundary = start[other] if from_start else end[other]
        if to_end:
            number = slots.done(boundary) - job.duration + lag
        elif held:
            continue
        else:
            number = slots.before(boundary) + lag
        if number > most:
            most, by, since = number, link, boundary
    return most, by, since


def _free(job: Job, slots: Slots, linked: tuple[int, int, int], plan: Plan) -> tuple[int, Driver]:
    """Of bounds that ask the same the later one here is named: it is the more telling."""
    reach = slots.before if job.duration else slots.done
    number, driver = reach(plan.start), (START, NO_LINK, plan.start)
    if plan.now is not None and (asked := reach(plan.now)) >= number:
        number, driver = asked, (NOW, NO_LINK, plan.now)
    if job.not_before is not None and (asked := reach(job.not_before)) >= number:
        number, driver = asked, (NOT_BEFORE, NO_LINK, job.not_before)
    if linked[0] >= number:
        number, driver = linked[0], (LINK, linked[1], linked[2])
    return number, driver


def _begun(
    job: Job, begun: int, slots: Slots, linked: tuple[int, int, int], now: int | None
) -> tuple[int, Driver]:
    """The number with which it would have had to start to end when it does. Its own duration decides
    unless something pushes the end further."""
    own = slots.before(begun)
    number, driver = own, (BEGUN, NO_LINK, begun)
    if now is not None and (asked := slots.done(now) - job.duration) > number:
        number, driver = asked, (NOW, NO_LINK, now)
    if linked[0] > own and linked[0] >= number:
        number, driver = linked[0], (LINK, linked[1], linked[2])
    return number, driver
