"""A plan as the passes walk it: jobs by their place in the plan, what each waits for, an order to go in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from erp.workdays import Slots
from production.schedule.plan import Circle, Job, Kind, Plan

#: What a job waits for: place of the other job, whether the other's start counts (else its end), whether
#: the own end is bound (else the start), lag, place of the link. Bare tuples: there are many of them.
Wait = tuple[int, bool, bool, int, int]
FS, SS, FF, SF = Kind


@dataclass(frozen=True, slots=True)
class Network:
    """All lists go by the place of a job in the plan. In `order` each job comes after what it waits for."""

    jobs: Sequence[Job]
    slots: list[Slots]
    waits: list[list[Wait]]
    order: list[int]

    @classmethod
    def of(cls, plan: Plan) -> Network:
        """Raises Circle, and ValueError for keys or calendars that are not there, keys that are there
        twice, and negative durations."""
        jobs = plan.jobs
        _check(plan)
        waits = _waits(plan)
        slots = [plan.calendars[job.calendar] for job in jobs]
        return cls(jobs, slots, waits, _order(jobs, waits))


def _check(plan: Plan) -> None:
    if len({job.key for job in plan.jobs}) < len(plan.jobs):
        raise ValueError("a key names two jobs")
    for job in plan.jobs:
        if job.duration < 0:
            raise ValueError(f"job {job.key} lasts {job.duration} half-days")
        if job.calendar not in plan.calendars:
            raise ValueError(f"job {job.key} has no calendar {job.calendar}")


def _waits(plan: Plan) -> list[list[Wait]]:
    """What each job waits for, in the order of the links. Of a milestone every link binds the end."""
    place_of = {job.key: place for place, job in enumerate(plan.jobs)}
    milestone = [job.duration == 0 for job in plan.jobs]
    waits: list[list[Wait]] = [[] for _ in plan.jobs]
    for number, link in enumerate(plan.links):
        before, after = place_of.get(link.before), place_of.get(link.after)
        if before is None or after is None:
            raise ValueError(f"{link} names a job that is not in the plan")
        kind = link.kind
        to_end = kind is FF or kind is SF or milestone[after]
        waits[after].append((before, kind is SS or kind is SF, to_end, link.lag, number))
    return waits


def _order(jobs: Sequence[Job], waits: list[list[Wait]]) -> list[int]:
    missing = [len(mine) for mine in waits]
    following: list[list[int]] = [[] for _ in waits]
    for place, mine in enumerate(waits):
        for wait in mine:
            following[wait[0]].append(place)
    order = [place for place, count in enumerate(missing) if not count]
    for place in order:  # grows while it is walked
        for after in following[place]:
            missing[after] -= 1
            if not missing[after]:
                order.append(after)
    if len(order) < len(waits):
        raise Circle([jobs[place].key for place in _circle(waits, missing)])
    return order


def _circle(waits: list[list[Wait]], missing: list[int]) -> list[int]:
    """One circle among the jobs that never became free. Each of them waits for another such job, so
    walking backwards must come round; the job that is first in the plan is named first."""
    place = next(place for place, count in enumerate(missing) if count)
    walked: dict[int, int] = {}
    while place not in walked:
        walked[place] = len(walked)
        place = next(wait[0] for wait in waits[place] if missing[wait[0]])
    ring = list(walked)[walked[place] :][::-1]
    turn = ring.index(min(ring))
    return ring[turn:] + ring[:turn]
